// Owns the one thread that reads the file. Must never make the writer wait, nor answer from two states of the file at
// once: each answer is of one transaction.

import CSQLite
import Hub
import Synchronization
import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the reader is asked.
enum ReaderLetter: Sendable {
    case read(ReadRequest, @Sendable (ReadPage) -> Void)
    case locate(LocateRequest, @Sendable (Location) -> Void)
    case topics(TopicRange, Position, @Sendable ([TopicName], Position?) -> Void)
    case summaries([TopicName], @Sendable ([TopicSummary?]) -> Void)
    case ends([TopicName], @Sendable ([Position?]) -> Void)
    /// Find the last event that came before a time.
    case age(Milliseconds)
    case barrier(@Sendable () -> Void)
}

/// Answers from the file what memory does not have.
final class Reader: @unchecked Sendable {
    // SAFETY: used on its thread only, once that runs.
    let shared: Shared
    let statements: ReaderStatements
    private let connection: Connection
    /// After which names lists of topics go on.
    var listings = Listings()

    init(_ connection: Connection, _ shared: Shared) throws(SQLiteLogError) {
        self.connection = connection
        self.shared = shared
        try connection.run("PRAGMA query_only = ON; PRAGMA cache_size = -16384")
        statements = try ReaderStatements(connection)
    }

    /// Answers until there is no one to ask.
    func run(_ mailbox: Mailbox<ReaderLetter>) {
        while let letters = mailbox.take() {
            for letter in letters { answer(letter, mailbox) }
        }
    }

    private func answer(_ letter: ReaderLetter, _ mailbox: Mailbox<ReaderLetter>) {
        do throws(SQLiteLogError) {
            switch letter {
            case .read(let request, let completion):
                completion(try inOneState { file throws(SQLiteLogError) in try read(request, file) })
            case .locate(let request, let completion):
                completion(try inOneState { file throws(SQLiteLogError) in try locate(request, file) })
            case .topics(let range, let position, let completion):
                // Memory before the file: what moves from the one to the other in between is in both, not in neither.
                let tail = position == 0 ? shared.state.withLock { Array($0.tail.positions.keys) } : []
                let (topics, next) = try inOneState { _ throws(SQLiteLogError) in
                    try self.topics(range, position, tail)
                }
                completion(topics, next)
            case .summaries(let topics, let completion):
                let tail = shared.state.withLock { state in topics.map { state.tail.summary(of: $0) } }
                completion(try inOneState { file throws(SQLiteLogError) in try summaries(topics, tail, file) })
            case .ends(let topics, let completion):
                completion(try inOneState { _ throws(SQLiteLogError) in try ends(of: topics) })
            case .age(let time):
                let through = try inOneState { file throws(SQLiteLogError) in
                    try position(file, before: statements.arrival) { $0 < time }
                }
                shared.state.withLock { state in
                    state.agedThrough = through
                    state.isAging = false
                }
            case .barrier(let body): body()
            }
        } catch {
            refuse(letter, error, mailbox)
        }
    }

    /// The file cannot be read. Streams wait until it can: none may be told that there is nothing.
    private func refuse(_ letter: ReaderLetter, _ error: SQLiteLogError, _ mailbox: Mailbox<ReaderLetter>) {
        shared.state.withLock { state in
            state.trouble = error.description
            state.isAging = false
        }
        if case .age = letter { return }
        usleep(50_000)
        if mailbox.put(letter) { return }
        switch letter {
        case .read(let request, let completion):
            completion(ReadPage(events: [], cursor: request.after, lostThrough: nil))
        case .locate(let request, let completion): completion(Location(cursor: request.through))
        case .topics(_, _, let completion): completion([], nil)
        case .summaries(let topics, let completion): completion(topics.map { _ in nil })
        case .ends(let topics, let completion): completion(topics.map { _ in nil })
        case .age, .barrier: break
        }
    }

    /// What one state of the file has.
    struct FileState {
        /// The position of the earliest event, or the one that the next event will have.
        let first: Position
        /// The position of the last event there ever was.
        let last: Position
        /// What is up to here is in the index of topics.
        let indexed: Position
    }

    private func inOneState<Answer>(
        _ body: (FileState) throws(SQLiteLogError) -> Answer
    ) throws(SQLiteLogError) -> Answer {
        do throws(SQLiteLogError) {
            try statements.begin.run()
            let indexed = try statements.indexed.number() ?? 0
            let state: FileState
            if let first = try statements.first.number(), let last = try statements.last.number() {
                state = FileState(first: first, last: last, indexed: indexed)
            } else {
                let last = try statements.emptyLast.number() ?? 0
                state = FileState(first: last + 1, last: last, indexed: indexed)
            }
            let answer = try body(state)
            try statements.end.run()
            return answer
        } catch {
            connection.rollBack()
            throw error
        }
    }
}

/// The statements of the reader.
struct ReaderStatements {
    let begin: Statement
    let end: Statement
    let first: Statement
    let last: Statement
    let emptyLast: Statement
    let indexed: Statement
    let events: Statement
    let backwards: Statement
    let arrival: Statement
    let latest: Statement
    let ids: Statement
    let runAround: Statement
    let runAfter: Statement
    let runBefore: Statement
    let runSums: Statement
    let nextTopic: Statement
    let eventID: Statement
    let topicEnd: Statement

    init(_ connection: Connection) throws(SQLiteLogError) {
        begin = try Statement("BEGIN", on: connection)
        end = try Statement("COMMIT", on: connection)
        first = try Statement("SELECT position FROM events ORDER BY position LIMIT 1", on: connection)
        last = try Statement("SELECT position FROM events ORDER BY position DESC LIMIT 1", on: connection)
        emptyLast = try Statement("SELECT last FROM hub", on: connection)
        indexed = try Statement("SELECT indexed FROM hub", on: connection)
        let columns = EventRow.columns
        events = try Statement("SELECT \(columns) FROM events WHERE position >= ? ORDER BY position", on: connection)
        backwards = try Statement(
            "SELECT position, topics FROM events WHERE position <= ? ORDER BY position DESC", on: connection)
        arrival = try Statement("SELECT arrival FROM events WHERE position = ?", on: connection)
        latest = try Statement("SELECT latest FROM events WHERE position = ?", on: connection)
        ids = try Statement("SELECT position FROM ids WHERE id = ?", on: connection)
        let run = "SELECT first, last, positions FROM runs WHERE topic = ? AND first"
        runAround = try Statement("\(run) <= ? ORDER BY first DESC LIMIT 1", on: connection)
        runAfter = try Statement("\(run) > ? ORDER BY first LIMIT 1", on: connection)
        runBefore = try Statement("\(run) < ? ORDER BY first DESC LIMIT 1", on: connection)
        runSums = try Statement("SELECT sum(count), min(first), max(last) FROM runs WHERE topic = ?", on: connection)
        nextTopic = try Statement("SELECT topic FROM runs WHERE topic > ? ORDER BY topic LIMIT 1", on: connection)
        topicEnd = try Statement("SELECT position FROM ends WHERE topic = ?", on: connection)
        eventID = try Statement("SELECT id FROM events WHERE position = ?", on: connection)
    }
}
