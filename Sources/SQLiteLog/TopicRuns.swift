// Owns the walks over the positions of one topic in the file's index. Reads a run at a time: a topic may have millions.

import Hub

/// The positions of one topic by rising position, as the index has them.
struct TopicRuns {
    private let topic: TopicName
    private let statements: ReaderStatements
    private var run: TopicRun?

    /// Begins with the first position after `start`.
    init(_ topic: TopicName, after start: Position, _ statements: ReaderStatements) throws(SQLiteLogError) {
        self.topic = topic
        self.statements = statements
        run = try TopicRun(statements.runAround, topic, start)
        if run == nil { run = try TopicRun(statements.runAfter, topic, start) }
        run?.positions.skip(through: start)
    }

    /// The position at hand.
    mutating func current() throws(SQLiteLogError) -> Position? {
        while let run {
            if let position = run.positions.position { return position }
            self.run = try TopicRun(statements.runAfter, topic, run.first)
        }
        return nil
    }

    /// Goes one on.
    mutating func advance() { run?.positions.advance() }
}

/// The positions of one topic by falling position, as the index has them.
struct TopicRunsBackwards {
    private let topic: TopicName
    private let statements: ReaderStatements
    private var run: TopicRun?
    /// The positions of the run that are yet to come.
    private var left: ArraySlice<Position> = []

    /// Begins with the last position up to `start`.
    init(_ topic: TopicName, from start: Position, _ statements: ReaderStatements) throws(SQLiteLogError) {
        self.topic = topic
        self.statements = statements
        run = try TopicRun(statements.runAround, topic, start)
        if let positions = run?.positions.rest { left = positions[..<Tail.count(of: positions, through: start)] }
    }

    /// The position at hand.
    mutating func current() throws(SQLiteLogError) -> Position? {
        while let run {
            if let position = left.last { return position }
            self.run = try TopicRun(statements.runBefore, topic, run.first)
            left = self.run?.positions.rest[...] ?? []
        }
        return nil
    }

    /// Goes one back.
    mutating func retreat() { left.removeLast() }
}

/// Some positions of a topic that lie side by side in the index.
private struct TopicRun {
    let first: Position
    var positions: PositionList

    /// The run that a statement finds by a topic and a position.
    init?(_ statement: Statement, _ topic: TopicName, _ position: Position) throws(SQLiteLogError) {
        statement.bind(topic.text, at: 1)
        statement.bind(position, at: 2)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        first = statement.int(0)
        positions = PositionList(from: first, statement.blob(2))
    }
}
