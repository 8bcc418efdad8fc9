// Owns how events get into the file's index of topics. What the index says of an event must never change afterwards.

import Hub

/// Adds events to the index of topics.
struct TopicIndex {
    private let lastRun: Statement
    private let extendRun: Statement
    private let insertRun: Statement
    private let setIndexed: Statement

    /// A row of the index grows up to so many bytes of positions, so that a topic with few events at a time has no more
    /// rows than one with many. What is longer SQLite would put on pages of its own.
    private static let rowBytes = 800

    init(_ connection: Connection) throws(SQLiteLogError) {
        lastRun = try Statement(
            "SELECT first, last, count, positions FROM runs WHERE topic = ? ORDER BY first DESC LIMIT 1", on: connection
        )
        extendRun = try Statement(
            "UPDATE runs SET last = ?3, count = ?4, positions = ?5 WHERE topic = ?1 AND first = ?2", on: connection)
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
            if try !extend(topic, by: list) { try insert(topic, list) }
        }
        try setIndexed.run(last)
    }

    /// Adds positions to the last row of a topic, if there is room.
    private func extend(_ topic: TopicName, by list: [Position]) throws(SQLiteLogError) -> Bool {
        let row = lastRun
        row.bind(topic.text, at: 1)
        defer { row.reset() }
        // What does not rise was written by somebody else.
        guard try row.step(), row.int(1) < list[0] else { return false }
        let first = row.int(0)
        let bytes = row.blob(3) + PositionList.bytes(of: ([row.int(1)] + list)[...])
        if bytes.count > Self.rowBytes { return false }
        extendRun.bind(topic.text, at: 1)
        extendRun.bind(first, at: 2)
        extendRun.bind(list[list.count - 1], at: 3)
        extendRun.bind(row.int(2) + list.count, at: 4)
        extendRun.bind(bytes, at: 5)
        _ = try extendRun.step()
        extendRun.reset()
        return true
    }

    private func insert(_ topic: TopicName, _ list: [Position]) throws(SQLiteLogError) {
        insertRun.bind(topic.text, at: 1)
        insertRun.bind(list[0], at: 2)
        insertRun.bind(list[list.count - 1], at: 3)
        insertRun.bind(list.count, at: 4)
        insertRun.bind(PositionList.bytes(of: list[...]), at: 5)
        _ = try insertRun.step()
        insertRun.reset()
    }
}
