import CLibuv

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension EventLoop {
    /// Calls `receive` on the loop's thread each time the process is told to end, by SIGTERM or SIGINT.
    ///
    /// To be called on the loop's thread; it holds until the loop ends.
    package func onTermination(_ receive: @escaping () -> Void) -> TerminationWatch {
        TerminationWatch(self, receive)
    }
}

/// Watches for signals as long as it lives, on its loop's thread.
package final class TerminationWatch {
    private let handles: [UnsafeMutablePointer<uv_signal_t>]
    private let receive: () -> Void

    init(_ loop: EventLoop, _ receive: @escaping () -> Void) {
        self.receive = receive
        handles = [SIGTERM, SIGINT].map { _ in .allocate(capacity: 1) }
        for (handle, number) in zip(handles, [SIGTERM, SIGINT]) {
            uv_signal_init(loop.loop, handle)
            uv_handle(raw(handle)).pointee.data = Unmanaged.passUnretained(self).toOpaque()
            uv_signal_start(
                handle,
                { handle, _ in
                    Unmanaged<TerminationWatch>.fromOpaque(uv_handle(raw(handle!)).pointee.data).takeUnretainedValue()
                        .receive()
                }, number)
        }
    }

    deinit {
        for handle in handles {
            uv_signal_stop(handle)
            uv_close(uv_handle(raw(handle))) { handle in
                UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_signal_t.self).deallocate()
            }
        }
    }
}
