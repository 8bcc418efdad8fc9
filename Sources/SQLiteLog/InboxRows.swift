// Owns the form of inboxes in the file. What a row holds was checked before it was written, and is checked again: it may
// have been changed by others since.

import Hub

/// Inboxes as rows of the tables `inboxes`, `inbox_marks` and `inbox_patterns`, read by one connection.
struct InboxRows {
    private let head: Statement
    private let patterns: Statement
    private let mark: Statement
    private let marks: Statement

    init(_ connection: Connection) throws(SQLiteLogError) {
        head = try Statement("SELECT revision, mark, lost FROM inboxes WHERE user = ?", on: connection)
        patterns = try Statement(
            """
            SELECT pattern, start, mark, lost FROM inbox_patterns LEFT JOIN added_patterns USING (pattern)
            WHERE user = ? ORDER BY number
            """, on: connection)
        mark = try Statement("SELECT mark FROM inbox_marks WHERE user = ? AND topic = ?", on: connection)
        marks = try Statement("SELECT topic, mark FROM inbox_marks WHERE user = ?", on: connection)
    }

    /// What is known of an inbox but for its patterns; `nil` if it has no row.
    func head(of user: InboxUser) throws(SQLiteLogError) -> InboxRecord? {
        head.bind(user.name, at: 1)
        defer { head.reset() }
        guard try head.step() else { return nil }
        var record = InboxRecord(user)
        record.revision = head.int(0)
        record.mark = head.int(1)
        guard let losses = InboxLosses(head.text(2)) else { throw Self.damage("what was lost of an inbox") }
        record.losses = losses
        return record
    }

    /// What is known of an inbox; `nil` if it has no row.
    func record(of user: InboxUser) throws(SQLiteLogError) -> InboxRecord? {
        guard var record = try head(of: user) else { return nil }
        patterns.bind(user.name, at: 1)
        defer { patterns.reset() }
        while try patterns.step() {
            guard let pattern = try? TopicPattern(patterns.text(0)) else { throw Self.damage("a pattern of an inbox") }
            record.patterns.append(
                InboxPattern(pattern, start: patterns.int(1), mark: patterns.int(2), lost: patterns.int(3)))
        }
        return record
    }

    /// The mark of a topic; 0 if it has none.
    func mark(of topic: TopicName, _ user: InboxUser) throws(SQLiteLogError) -> Position {
        mark.bind(user.name, at: 1)
        mark.bind(topic.text, at: 2)
        defer { mark.reset() }
        return try mark.step() ? mark.int(0) : 0
    }

    /// The marks of all topics that have one.
    func marks(of user: InboxUser) throws(SQLiteLogError) -> [TopicName: Position] {
        var all: [TopicName: Position] = [:]
        marks.bind(user.name, at: 1)
        defer { marks.reset() }
        while try marks.step() {
            guard let topic = try? TopicName(marks.text(0)) else { throw Self.damage("a topic of an inbox") }
            all[topic] = marks.int(1)
        }
        return all
    }

    static func damage(_ what: String) -> SQLiteLogError {
        SQLiteLogError(.failed, "the file is damaged (\(what) makes no sense)")
    }
}

/// The statements by which inboxes are changed.
struct InboxStatements {
    let rows: InboxRows
    let putHead: Statement
    let putMark: Statement
    let deleteMarks: Statement
    let deleteOldMarks: Statement
    let deletePatterns: Statement
    let insertPattern: Statement
    let setPatternMark: Statement
    let addUser: Statement
    let removeUser: Statement
    let deleteUnused: Statement
    let lose: Statement
    let runBefore: Statement

    init(_ connection: Connection) throws(SQLiteLogError) {
        rows = try InboxRows(connection)
        putHead = try Statement("INSERT OR REPLACE INTO inboxes VALUES (?, ?, ?, ?)", on: connection)
        putMark = try Statement("INSERT OR REPLACE INTO inbox_marks VALUES (?, ?, ?)", on: connection)
        deleteMarks = try Statement("DELETE FROM inbox_marks WHERE user = ? AND mark <= ?", on: connection)
        deleteOldMarks = try Statement("DELETE FROM inbox_marks WHERE mark < ?", on: connection)
        deletePatterns = try Statement("DELETE FROM inbox_patterns WHERE user = ?", on: connection)
        insertPattern = try Statement("INSERT INTO inbox_patterns VALUES (?, ?, ?, ?, ?)", on: connection)
        setPatternMark = try Statement(
            "UPDATE inbox_patterns SET mark = ?3 WHERE user = ?1 AND pattern = ?2", on: connection)
        addUser = try Statement(
            "INSERT INTO added_patterns VALUES (?, 1, 0) ON CONFLICT (pattern) DO UPDATE SET users = users + 1",
            on: connection)
        removeUser = try Statement("UPDATE added_patterns SET users = users - 1 WHERE pattern = ?", on: connection)
        deleteUnused = try Statement("DELETE FROM added_patterns WHERE pattern = ? AND users <= 0", on: connection)
        lose = try Statement("UPDATE added_patterns SET lost = max(lost, ?2) WHERE pattern = ?1", on: connection)
        runBefore = try Statement(
            "SELECT last FROM runs WHERE topic = ? AND first <= ? ORDER BY first DESC LIMIT 1", on: connection)
    }

    /// Whether there is an inbox, and the patterns that were added. What this costs grows with the number of different
    /// patterns, not with that of events or users.
    static func start(_ connection: Connection) throws(SQLiteLogError) -> (hasInboxes: Bool, added: AddedPatterns) {
        let hasInboxes = try Statement("SELECT 1 FROM inboxes LIMIT 1", on: connection).number() != nil
        var added = AddedPatterns()
        let rows = try Statement("SELECT pattern, users FROM added_patterns", on: connection)
        while try rows.step() {
            guard let pattern = try? TopicPattern(rows.text(0)) else {
                throw InboxRows.damage("a pattern of an inbox")
            }
            added.insert(pattern, users: rows.int(1))
        }
        rows.reset()
        return (hasInboxes, added)
    }

    /// Writes what is known of an inbox but for its patterns.
    func put(_ record: InboxRecord) throws(SQLiteLogError) {
        putHead.bind(record.user.name, at: 1)
        putHead.bind(record.revision, at: 2)
        putHead.bind(record.mark, at: 3)
        putHead.bind(record.losses.text, at: 4)
        try finish(putHead)
    }

    func put(_ mark: Position, of topic: TopicName, _ user: InboxUser) throws(SQLiteLogError) {
        putMark.bind(user.name, at: 1)
        putMark.bind(topic.text, at: 2)
        putMark.bind(mark, at: 3)
        try finish(putMark)
    }

    /// Writes the patterns of an inbox in place of those that it had.
    func putPatterns(_ record: InboxRecord) throws(SQLiteLogError) {
        deletePatterns.bind(record.user.name, at: 1)
        try finish(deletePatterns)
        for (number, added) in record.patterns.enumerated() {
            insertPattern.bind(record.user.name, at: 1)
            insertPattern.bind(added.pattern.text, at: 2)
            insertPattern.bind(number, at: 3)
            insertPattern.bind(added.start, at: 4)
            insertPattern.bind(added.mark, at: 5)
            try finish(insertPattern)
        }
    }

    /// Runs a statement about one pattern.
    func run(_ statement: Statement, _ pattern: TopicPattern) throws(SQLiteLogError) {
        statement.bind(pattern.text, at: 1)
        try finish(statement)
    }

    /// Runs a statement to its end, with the parameters that it has.
    func finish(_ statement: Statement) throws(SQLiteLogError) {
        while try statement.step() {}
        statement.reset()
    }
}
