import Hub
import Synchronization

/// Batches that a follower was handed.
final class BatchQueue: Sendable {
    private let batches = Mutex<[Batch]>([])

    func add(_ batch: Batch) { batches.withLock { $0.append(batch) } }

    /// Takes all that wait, in order.
    func take() -> [Batch] {
        batches.withLock { batches in
            let taken = batches
            batches = []
            return taken
        }
    }
}
