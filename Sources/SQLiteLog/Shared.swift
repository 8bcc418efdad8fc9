// Owns what the threads of a log and its callers share, under one lock that is held for short. What stands here must
// always be what is on the disk.

import Hub
import Synchronization
import TimerWheel

/// What is known of a log without looking at the disk.
final class Shared: Sendable {
    let epochs: Epochs
    let retention: Retention
    /// What to add to the hub's clock for the log's own, which goes on across restarts.
    let offset: Milliseconds
    let state: Mutex<State>
    /// Held while something is copied from the side file into the file.
    let copying = Mutex(())
    /// When the writer went to the disk, by `MonotonicTime`; 0 while it is not there.
    let atDiskSince = Atomic<Int>(0)

    /// So many seconds a disk may take.
    private static let patience = 5

    /// That the disk does not answer; `nil` while it does, or nobody waits for it.
    var delay: SQLiteLogError? {
        let since = atDiskSince.load(ordering: .relaxed)
        guard since > 0 else { return nil }
        let seconds = (MonotonicTime.now - since) / 1_000_000_000
        return seconds < Self.patience
            ? nil : SQLiteLogError(.failed, "the disk has not answered for \(seconds) s")
    }

    init(_ start: LogStart, retention: Retention) {
        epochs = start.epochs
        self.retention = retention
        offset = start.offset
        state = Mutex(State(start))
    }

    struct State {
        /// The position of the earliest event that is kept, or the one that the next event will have.
        var first: Position
        /// The position of the last event there ever was.
        var last: Position
        /// What the events that are kept take.
        var bytes: Int
        /// When the earliest came.
        var oldest: Milliseconds?
        /// The events after this position are in the tail.
        var indexed: Position
        var tail: Tail
        var followers: [@Sendable (Batch) -> Void] = []
        /// Up to here half of the age is over, as far as was looked.
        var agedThrough: Position = 0
        /// Whether any topic has ended.
        var hasEnds: Bool
        /// Whether the writer is yet to let go of events.
        var isExpiring = false
        /// Whether the reader is yet to look for old events.
        var isAging = false
        /// Whether the file has much room that nothing uses.
        var hasRoom = false
        /// Why no events are taken.
        var trouble: String?
        /// Why retention cannot let go of what is due.
        var retentionTrouble: String?
        /// Why something cannot be read.
        var readTrouble: String?
        /// Whether the reader is yet to try that again.
        var isTrying = false

        init(_ start: LogStart) {
            first = start.mark.first
            last = start.mark.last
            bytes = start.mark.bytes
            oldest = start.mark.oldest
            hasEnds = start.mark.hasEnds
            indexed = start.indexed
            tail = start.tail
        }
    }

    /// Whether retention keeps less than there is.
    func isDue(_ state: State, at now: Milliseconds) -> Bool {
        guard let oldest = state.oldest else { return false }
        return retention.isExceeded(count: state.last + 1 - state.first, size: state.bytes, oldest: now - oldest)
    }
}

/// Where a log's events begin and end.
struct Mark {
    /// The position of the earliest event that is kept, or the one that the next event will have.
    var first: Position
    /// The position of the last event there ever was.
    var last: Position
    /// What all events took, up to the last one.
    var total: Int
    /// What those took that are gone.
    var gone: Int
    /// When the earliest that is kept came.
    var oldest: Milliseconds?
    /// When the last one came.
    var arrival: Milliseconds
    /// The latest time of people's clock.
    var latest: Milliseconds
    /// Whether any topic has ended.
    var hasEnds = false

    /// What the events that are kept take.
    var bytes: Int { total - gone }
    var count: Int { last + 1 - first }
}
