// Owns the batches that a worker has not seen yet. Must never drop or reorder one.

import Hub
import Network
import Synchronization

/// Batches on their way from the log to one worker, in the order of the log.
///
/// The log writes it, in its own order; the worker empties it. The worker is woken only when it is not about to look
/// anyway.
final class BatchMailbox: Sendable {
    private let state = Mutex(State())
    private let loop: EventLoop

    private struct State {
        var batches: [Batch] = []
        var isOwnerAwake = false
        var isClosed = false
    }

    init(loop: EventLoop) { self.loop = loop }

    /// How many batches the worker has not seen.
    var count: Int { state.withLock { $0.batches.count } }

    /// Adds a batch, from any thread.
    func add(_ batch: Batch) {
        let isFirst = state.withLock { state in
            if state.isClosed { return false }
            state.batches.append(batch)
            return state.batches.count == 1 && !state.isOwnerAwake
        }
        if isFirst { loop.nudge() }
    }

    /// The worker is over: what comes is for nobody.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.batches = []
        }
    }

    /// The worker says that it will look: until it has, it need not be woken.
    func expectVisit() { state.withLock { $0.isOwnerAwake = true } }

    /// Takes all that is there.
    func take() -> [Batch] {
        state.withLock { state in
            state.isOwnerAwake = false
            if state.batches.isEmpty { return [] }
            let batches = state.batches
            state.batches = []
            return batches
        }
    }
}
