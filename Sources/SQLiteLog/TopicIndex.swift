// Owns how events get into the file's index of topics. What the index says of an event must never change afterwards.

import Hub

/// The statements that add to the index of topics.
struct TopicIndex {
    private let insertRun: Statement
    private let setIndexed: Statement

    init(_ connection: Connection) throws(SQLiteLogError) {
        insertRun = try Statement("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", on: connection)
        setIndexed = try Statement("UPDATE hub SET indexed = ?", on: connection)
    }

    /// Adds events, and notes that all up to a position are in the index. Within a transaction.
    func add(_ events: ArraySlice<LoggedEvent>, through last: Position) throws(SQLiteLogError) {
        var positions: [TopicName: [Position]] = [:]
        for event in events {
            for topic in event.draft.topics { positions[topic, default: []].append(event.position) }
        }
        // Neighbours in the index lie on the same page.
        for (topic, list) in positions.sorted(by: { $0.key.text < $1.key.text }) {
            insertRun.bind(topic.text, at: 1)
            insertRun.bind(list[0], at: 2)
            insertRun.bind(list[list.count - 1], at: 3)
            insertRun.bind(list.count, at: 4)
            insertRun.bind(PositionList.bytes(of: list[...]), at: 5)
            _ = try insertRun.step()
            insertRun.reset()
        }
        try setIndexed.run(last)
    }
}
