import Hub
import Synchronization

/// The events that a follower was handed.
final class BatchList: Sendable {
    private let events = Mutex<[LoggedEvent]>([])

    func add(_ batch: Batch) { events.withLock { $0 += batch.events } }

    func take() -> [LoggedEvent] {
        events.withLock { events in
            let taken = events
            events = []
            return taken
        }
    }
}
