// Owns the watch for signals. What is done about them is the caller's: nothing here ends anything.

import CLibuv

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension EventLoop {
    /// Calls `receive` on the loop's thread each time the process is told to end, by SIGTERM or SIGINT.
    ///
    /// To be called while the loop does not run. It holds as long as the watch lives, which must outlive the run.
    package func onTermination(_ receive: @escaping () -> Void) throws(NetworkError) -> SignalWatch {
        try SignalWatch(self, [SIGTERM, SIGINT], receive)
    }

    /// Calls `receive` on the loop's thread each time the process is told to read its files anew, by SIGHUP. Without such
    /// a watch the signal ends the process.
    ///
    /// To be called while the loop does not run. It holds as long as the watch lives, which must outlive the run.
    package func onHangUp(_ receive: @escaping () -> Void) throws(NetworkError) -> SignalWatch {
        try SignalWatch(self, [SIGHUP], receive)
    }
}

/// Watches for signals as long as it lives.
package final class SignalWatch {
    private var handles: [UnsafeMutablePointer<uv_signal_t>] = []
    private let receive: () -> Void

    init(_ loop: EventLoop, _ numbers: [Int32], _ receive: @escaping () -> Void) throws(NetworkError) {
        self.receive = receive
        for number in numbers {
            let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
            var status = uv_signal_init(loop.loop, handle)
            guard status == 0 else {
                handle.deallocate()
                throw NetworkError(status, "signals cannot be watched")
            }
            handles.append(handle)
            uv_handle(raw(handle)).pointee.data = Unmanaged.passUnretained(self).toOpaque()
            status = uv_signal_start(
                handle,
                { handle, _ in
                    Unmanaged<SignalWatch>.fromOpaque(uv_handle(raw(handle!)).pointee.data).takeUnretainedValue()
                        .receive()
                }, number)
            guard status == 0 else { throw NetworkError(status, "signals cannot be watched") }
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
