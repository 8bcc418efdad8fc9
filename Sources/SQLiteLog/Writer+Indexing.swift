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
        var positions: [TopicName: [Position]] = [:]
        for event in events {
            for topic in event.draft.topics { positions[topic, default: []].append(event.position) }
        }
        do throws(SQLiteLogError) {
            try transaction { () throws(SQLiteLogError) in
                // Neighbours in the index lie on the same page.
                for (topic, list) in positions.sorted(by: { $0.key.text < $1.key.text }) {
                    let insert = statements.insertRun
                    insert.bind(topic.text, at: 1)
                    insert.bind(list[0], at: 2)
                    insert.bind(list[list.count - 1], at: 3)
                    insert.bind(list.count, at: 4)
                    insert.bind(PositionList.bytes(of: list[...]), at: 5)
                    _ = try insert.step()
                    insert.reset()
                }
                try statements.setIndexed.run(last)
            }
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
