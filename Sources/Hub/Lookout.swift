// Owns who is to be woken when something comes into the log: those who read it by themselves, at their own pace. Must
// never wake anybody whom an event does not concern, nor hold an event for them: they find it in the log.

import Synchronization

/// Sees all that the log commits go by, and wakes those who wait for some of it.
///
/// A reader has a `Watch`. It reads the log up to a position, and then waits for what comes after it; so it holds
/// nothing but that position, however much comes. The patterns of all readers are in one table, like those of streams:
/// what an event costs does not grow with the number of those whom it does not concern.
package final class Lookout: Sendable {
    private let state = Mutex(Seats())
    /// How many watches there are: while there is none, nothing is looked at.
    private let count = Atomic<Int>(0)

    /// Nobody waits yet.
    package init() {}

    /// How often a reader was woken.
    package var wakeCount: Int { state.withLock { $0.wakeCount } }

    /// How many watches there are.
    package var watchCount: Int { count.load(ordering: .relaxed) }

    /// Takes a batch from the log. Each may come several times, from several threads; on each of them in the log's order.
    package func ingest(_ batch: Batch) {
        if count.load(ordering: .acquiring) == 0 { return }
        var woken: [@Sendable () -> Void] = []
        state.withLock { state in
            if let topics = batch.inbox { state.turn(to: topics) }
            for event in batch.events where event.position > state.through {
                state.through = event.position
                for topic in event.draft.topics {
                    for slot in state.matcher.channels(of: topic) { state.note(event.position, for: slot, &woken) }
                }
            }
            state.wakeCount += woken.count
        }
        for wake in woken { wake() }
    }

    /// Wakes everybody, now and whenever they want to wait.
    package func close() {
        let woken = state.withLock { state in
            state.isClosed = true
            return state.list.indices.compactMap { state.list[$0].waiting.take() }
        }
        for wake in woken { wake() }
    }

    /// Opens a watch for what matches some patterns. From here on nothing that comes is missed: so the log is to be read
    /// up to its last event afterwards, and the watch asked from there.
    package func watch(_ patterns: [TopicPattern]) -> Watch { open(Seats.Seat(patterns: patterns)) }

    /// Opens a watch for an inbox, of which it is told the topics by `follow`.
    package func watch(inboxOf user: InboxUser) -> Watch { open(Seats.Seat(inbox: user)) }

    private func open(_ seat: Seats.Seat) -> Watch {
        let slot = state.withLock { state in
            // Before the reader looks where the log ends: whoever has added to the log since sees it.
            count.add(1, ordering: .releasing)
            return state.add(seat)
        }
        return Watch(self, slot)
    }

    /// A place from which a reader sees what comes. It is given back with the object.
    package final class Watch: Sendable {
        private let lookout: Lookout
        private let slot: Int32

        fileprivate init(_ lookout: Lookout, _ slot: Int32) {
            self.lookout = lookout
            self.slot = slot
        }

        deinit { lookout.remove(slot) }

        /// Tells what is to be read next, or keeps `wake` to be called once there is something to look at.
        ///
        /// - Parameter cursor: all up to it was read.
        /// - Returns: after which position to read, which is `cursor` or a later one with nothing to be read between the
        ///   two, and up to which; or `nil` if `wake` is called later, once. Then this is to be asked again.
        package func position(
            after cursor: Position, orElse wake: @escaping @Sendable () -> Void
        ) -> (after: Position, through: Position)? {
            lookout.state.withLock { $0.position(after: cursor, for: slot, orElse: wake) }
        }

        /// Has whoever waits here look again, or whoever is about to wait.
        package func rouse() { lookout.rouse(slot) }

        /// Follows the topics of an inbox, as the log has told them after the watch was opened, and from there on those that
        /// come by.
        ///
        /// - Returns: up to where the log is to be read before the watch is asked; or up to where it ended before it told the
        ///   topics, if that is later.
        package func follow(_ topics: InboxTopics) -> Position {
            lookout.state.withLock { $0.follow(topics, for: slot) }
        }

        /// Takes the changes of the inbox's topics that hold from a position on.
        ///
        /// - Parameter cursor: all up to it was read.
        /// - Returns: the topics from there on, if they are others; and the position up to which they hold, if it is
        ///   known that they change again.
        package func takeTurns(through cursor: Position) -> (topics: InboxTopics?, until: Position?) {
            lookout.state.withLock { $0.takeTurns(through: cursor, for: slot) }
        }
    }

    private func rouse(_ slot: Int32) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            state.list[Int(slot)].isRoused = true
            return state.list[Int(slot)].waiting.take()
        }
        wake?()
    }

    private func remove(_ slot: Int32) {
        state.withLock { state in
            state.remove(slot)
            count.subtract(1, ordering: .relaxed)
        }
    }
}
