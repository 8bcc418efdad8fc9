// Owns a thread of the system. Must never be let go of before it was joined.

import CLibuv

/// A thread of its own, which ends when its body does. Whoever starts it joins it.
package final class WorkerThread {
    private var thread: uv_thread_t

    /// Starts a thread that runs `body`.
    package init(_ body: @escaping @Sendable () -> Void) throws(NetworkError) {
        thread = uv_thread_t()
        let boxed = Unmanaged.passRetained(ThreadBody(body))
        let status = uv_thread_create(
            &thread, { Unmanaged<ThreadBody>.fromOpaque($0!).takeRetainedValue().run() }, boxed.toOpaque())
        guard status == 0 else {
            boxed.release()
            throw NetworkError(status, "a thread cannot be started")
        }
    }

    /// Waits until the thread has ended.
    package func join() { uv_thread_join(&thread) }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
