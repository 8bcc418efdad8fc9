// Owns the thread on which the process's signals are heard. Must never depend on a worker: one that is busy, or has ended,
// hears nothing.

/// Hears signals on a thread of its own, until it is ended. Whoever makes one ends it.
package final class SignalThread {
    private let loop: EventLoop
    private var watches: [SignalWatch]
    private let thread: WorkerThread

    /// Begins to hear them.
    ///
    /// - Parameters:
    ///   - end: called each time the process is told to end, by SIGTERM or SIGINT.
    ///   - readAnew: called each time it is told to read its files anew, by SIGHUP; nil to leave that as it is.
    package init(
        onTermination end: @escaping @Sendable () -> Void, onHangUp readAnew: (@Sendable () -> Void)?
    ) throws(NetworkError) {
        let loop = try EventLoop()
        self.loop = loop
        watches = [try loop.onTermination(end)]
        if let readAnew { watches.append(try loop.onHangUp(readAnew)) }
        thread = try WorkerThread { loop.run {} }
    }

    /// Hears no more of them: they do again what they did before.
    package func end() {
        loop.submit { [loop] in loop.stop() }
        thread.join()
        watches = []
    }
}
