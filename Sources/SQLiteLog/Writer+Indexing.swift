// Owns how the newest events get into the file's index of topics: later than into the file, many at once, sorted by
// topic. What is not in the index must be in the tail.

import Hub
import Synchronization

extension Writer {
    /// The tail is cut when it takes so many bytes, however few events it has.
    private static let tailBytes = 16 << 20

    /// Writes the older half of the tail to the index, once the tail is long.
    func index() {
        let (events, last) = shared.state.withLock { state -> (ArraySlice<LoggedEvent>, Position) in
            let count = state.tail.events.count
            guard count >= 2 * tailEvents || (state.tail.bytes >= Self.tailBytes && count > 1) else { return ([], 0) }
            let some = state.tail.events[..<(count - count / 2)]
            return (some, some.last!.position)
        }
        if events.isEmpty { return }
        do throws(SQLiteLogError) {
            try transaction { () throws(SQLiteLogError) in try topicIndex.add(events, through: last) }
        } catch {
            // They stay in memory, and the next commit tries again.
            return
        }
        shared.state.withLock { state in
            state.indexed = last
            state.tail.drop(through: last)
        }
    }
}
