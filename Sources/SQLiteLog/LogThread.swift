// Owns a thread of the system. Whoever starts one joins it.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A thread that may wait for the disk, which no event loop may.
final class LogThread: @unchecked Sendable {
    // SAFETY: `thread` never changes once made; `isJoined` is touched by the one who joins, and at the end.
    private let thread: pthread_t
    private var isJoined = false

    /// Starts a thread that runs `body`.
    init(_ body: @escaping @Sendable () -> Void) throws(SQLiteLogError) {
        let boxed = Unmanaged.passRetained(Body(body))
        let result: CInt
        #if canImport(Glibc)
            var started = pthread_t()
            result = pthread_create(&started, nil, Body.run, boxed.toOpaque())
            let made: pthread_t? = started
        #else
            var made: pthread_t?
            result = pthread_create(&made, nil, Body.run, boxed.toOpaque())
        #endif
        guard result == 0, let made else {
            boxed.release()
            throw SQLiteLogError(.failed, "a thread cannot be started (\(String(cString: strerror(result))))")
        }
        self.thread = made
    }

    /// Waits until it has ended.
    func join() {
        pthread_join(thread, nil)
        isJoined = true
    }

    deinit {
        // Nobody waited: the system clears up when it ends.
        if !isJoined { pthread_detach(thread) }
    }

    private final class Body: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }

        #if canImport(Glibc)
            static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { boxed in
                Unmanaged<Body>.fromOpaque(boxed!).takeRetainedValue().body()
                return nil
            }
        #else
            static let run: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { boxed in
                Unmanaged<Body>.fromOpaque(boxed).takeRetainedValue().body()
                return nil
            }
        #endif
    }
}
