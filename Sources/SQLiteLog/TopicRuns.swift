// Owns a walk over the positions of one topic in the file's index. Reads a run at a time: a topic may have millions.

import Hub

/// The positions of one topic, forwards or backwards, as the index has them.
struct TopicRuns {
    private let topic: String
    private let statements: ReaderStatements
    private var positions: [Position] = []
    private var index = 0
    /// The first position of the run at hand.
    private var first: Position = 0
    private var isAtEnd = false

    /// Begins with the first position after `start`, or with the last one up to it.
    init(
        _ topic: TopicName, from start: Position, backwards: Bool, _ statements: ReaderStatements
    ) throws(SQLiteLogError) {
        self.topic = topic.text
        self.statements = statements
        if try load(statements.runAround, start) {
            index = Tail.count(of: positions, through: start)
            if backwards { index -= 1 }
        } else if backwards {
            isAtEnd = true
        } else {
            first = start
            index = 0
        }
    }

    private mutating func load(_ statement: Statement, _ position: Position) throws(SQLiteLogError) -> Bool {
        statement.bind(topic, at: 1)
        statement.bind(position, at: 2)
        let isFound = try statement.step()
        if isFound {
            first = statement.int(0)
            positions = PositionList.positions(from: first, statement.blob(2))
        }
        statement.reset()
        return isFound
    }

    /// The position at hand, going forwards.
    mutating func current() throws(SQLiteLogError) -> Position? {
        if isAtEnd { return nil }
        while index >= positions.count {
            guard try load(statements.runAfter, first) else {
                isAtEnd = true
                return nil
            }
            index = 0
        }
        return positions[index]
    }

    /// Goes one on.
    mutating func advance() { index += 1 }

    /// The position at hand, going backwards.
    mutating func currentBackwards() throws(SQLiteLogError) -> Position? {
        if isAtEnd { return nil }
        while index < 0 {
            guard try load(statements.runBefore, first) else {
                isAtEnd = true
                return nil
            }
            index = positions.count - 1
        }
        return positions[index]
    }

    /// Goes one back.
    mutating func retreat() { index -= 1 }
}
