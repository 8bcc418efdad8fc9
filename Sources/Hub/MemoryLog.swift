// Owns the record of events in memory, under one lock. Must never call out under it but to hand a batch on, which keeps
// batches in order.

import Synchronization

/// A log in memory: gone when the process ends, and an epoch of its own.
///
/// All events are guarded by one lock, held for the time of copying some references and never while events are
/// rendered or sent.
package final class MemoryLog: EventLog {
    package let epoch: String
    let retention: Retention
    let state = Mutex(State())
    /// The inboxes have a lock of their own, which is taken before the other one if both are: patterns may be compared
    /// under it.
    let inboxes: Mutex<InboxStore>

    /// Makes an empty log.
    ///
    /// - Parameters:
    ///   - epoch: the name of its only epoch: at most 32 letters and digits.
    ///   - retention: what it keeps.
    package init(epoch: String, retention: Retention) {
        precondition(epoch.utf8.count <= 32, "an epoch's name is short")
        self.epoch = epoch
        self.retention = retention
        inboxes = Mutex(InboxStore(mostBytes: max(1 << 20, retention.bytes / 4)))
    }

    /// What the lock guards.
    struct State: ~Copyable {
        var events = Ring<LoggedEvent>()
        /// The position of the last event there ever was.
        var last: Position = 0
        /// What the events cost together.
        var bytes = 0
        /// Where each topic's events are.
        var topics: [TopicName: Ring<Position>] = [:]
        /// Those of the topics that lie below `users/`, where inboxes look for theirs.
        var usersTopics = OrderedTopics()
        /// Whether there is an inbox, so that what retention lets go of is noted.
        var hasInboxes = false
        /// What retention let go of and no inbox knows yet.
        var gone: [TopicName: Position] = [:]
        /// Where the events are that publishers named.
        var ownIDs: [String: Position] = [:]
        /// Where topics ended.
        var ends: [TopicName: Position] = [:]
        /// What was answered to publications with keys, and the keys of those whose last event is at a position.
        var keys: [PublicationKey: OneOrMore<String>] = [:]
        var keysAt: [Position: PublicationKey] = [:]
        var followers: [@Sendable (Batch) -> Void] = []

        /// The position of the earliest event that is kept, or the one that the next event will have.
        var first: Position { last + 1 - events.count }

        func keeps(_ position: Position) -> Bool { position >= first && position <= last }

        func event(at position: Position) -> LoggedEvent { events[position - first] }
    }

    package var hasEnds: Bool { state.withLock { !$0.ends.isEmpty } }

    package func ends(
        of topics: [TopicName], completion: @escaping @Sendable (Result<[Position?], HubError>) -> Void
    ) {
        completion(.success(state.withLock { state in topics.map { state.ends[$0] } }))
    }

    package var kept: Range<Position> { state.withLock { $0.first..<($0.last + 1) } }

    package func follow(_ receive: @escaping @Sendable (Batch) -> Void) -> Position {
        state.withLock {
            $0.followers.append(receive)
            return $0.last
        }
    }
}
