// Owns the one thread that reads the file. Must never make the writer wait, nor answer from two states of the file at
// once: each answer is of one transaction.

import CSQLite
import Hub
import Synchronization
import TimerWheel

/// What the reader is asked.
enum ReaderLetter: Sendable {
    case read(ReadRequest, @Sendable (Result<ReadPage, HubError>) -> Void)
    case locate(LocateRequest, @Sendable (Result<Location, HubError>) -> Void)
    case topics(TopicRange, TopicPlace, @Sendable (Result<TopicStep, HubError>) -> Void)
    case summaries([TopicName], @Sendable (Result<[TopicSummary?], HubError>) -> Void)
    case ends([TopicName], @Sendable (Result<[Position?], HubError>) -> Void)
    case inbox(InboxQuestion)
    /// Find the last event that came before a time.
    case age(Milliseconds)
    /// Find out whether what failed the last time can be read now.
    case trial
    case barrier(@Sendable () -> Void)
}

/// Answers from the file what memory does not have.
final class Reader: @unchecked Sendable {
    // SAFETY: used on its thread only, once that runs.
    let shared: Shared
    let statements: ReaderStatements
    let inboxes: InboxRows
    private let connection: Connection
    /// What failed the last time, to be tried again. As long as it fails, the log is in trouble: that others can read what
    /// they want does not mean that all can be read.
    private var failed: ((Reader, FileState) throws(SQLiteLogError) -> Void)?

    init(_ connection: Connection, _ shared: Shared) throws(SQLiteLogError) {
        self.connection = connection
        self.shared = shared
        try connection.run("PRAGMA query_only = ON; PRAGMA cache_size = -16384")
        statements = try ReaderStatements(connection)
        inboxes = try InboxRows(connection)
    }

    /// Answers until there is no one to ask.
    func run(_ mailbox: Mailbox<ReaderLetter>) {
        while let letters = mailbox.take() {
            for letter in letters { answer(letter) }
        }
    }

    private func answer(_ letter: ReaderLetter) {
        switch letter {
        case .read(let request, let completion):
            completion(attempt { reader, file throws(SQLiteLogError) in try reader.read(request, file) })
        case .locate(let request, let completion):
            completion(attempt { reader, file throws(SQLiteLogError) in try reader.locate(request, file) })
        case .topics(let range, let place, let completion):
            // Memory before the file: what moves from the one to the other in between is in both, not in neither.
            let tail = place == .beginning ? shared.state.withLock { $0.tail.topics(in: range) } : []
            completion(attempt { reader, _ throws(SQLiteLogError) in try reader.topics(range, place, tail) })
        case .summaries(let topics, let completion):
            let tail = shared.state.withLock { state in topics.map { state.tail.summary(of: $0) } }
            completion(attempt { reader, file throws(SQLiteLogError) in try reader.summaries(topics, tail, file) })
        case .ends(let topics, let completion):
            completion(attempt { reader, _ throws(SQLiteLogError) in try reader.ends(of: topics) })
        case .inbox(let question): answer(question)
        case .age(let time):
            let found = attempt { reader, file throws(SQLiteLogError) in
                try reader.position(file, before: reader.statements.arrival) { $0 < time }
            }
            shared.state.withLock { state in
                if let through = try? found.get() { state.agedThrough = through }
                state.isAging = false
            }
        case .trial: tryAgain()
        case .barrier(let body): body()
        }
    }

    /// The answer, or at once why there is none. Who asked decides when to ask again; nobody waits for it here.
    func attempt<Answer>(
        _ body: @escaping (Reader, FileState) throws(SQLiteLogError) -> Answer
    ) -> Result<Answer, HubError> {
        do throws(SQLiteLogError) {
            return .success(try inOneState(body))
        } catch {
            failed = { reader, file throws(SQLiteLogError) in _ = try body(reader, file) }
            shared.state.withLock { $0.readTrouble = error.description }
            return .failure(error.readRefusal)
        }
    }

    private func tryAgain() {
        var trouble: String?
        if let failed {
            // A page that was read but is damaged may still be in memory.
            connection.forgetPages()
            do throws(SQLiteLogError) {
                try inOneState(failed)
                self.failed = nil
            } catch {
                trouble = error.description
            }
        }
        shared.state.withLock { state in
            state.readTrouble = trouble
            state.isTrying = false
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
        _ body: (Reader, FileState) throws(SQLiteLogError) -> Answer
    ) throws(SQLiteLogError) -> Answer {
        do throws(SQLiteLogError) {
            try statements.begin.run()
            let answer = try body(self, try fileState())
            do throws(SQLiteLogError) {
                try statements.end.run()
            } catch {
                // After a part that cannot be read SQLite wants no commit. There is nothing to be committed.
                connection.rollBack()
            }
            return answer
        } catch {
            connection.rollBack()
            throw error
        }
    }
}

extension Reader {
    private func fileState() throws(SQLiteLogError) -> FileState {
        let row = statements.state
        guard try row.step() else {
            throw SQLiteLogError(.failed, "the file is damaged (it does not say where it ends)")
        }
        defer { row.reset() }
        // Without an event it is the hub's row that tells the last position there ever was.
        let last = row.optionalInt(1) ?? row.int(2)
        return FileState(first: row.optionalInt(0) ?? last + 1, last: last, indexed: row.int(3))
    }
}

/// The statements of the reader.
struct ReaderStatements {
    let begin: Statement
    let end: Statement
    let state: Statement
    let events: Statement
    let blocks: Statement
    let forwards: Statement
    let backwards: Statement
    let forwardsWithPrivacy: Statement
    let backwardsWithPrivacy: Statement
    let privacy: Statement
    let arrival: Statement
    let latest: Statement
    let ids: Statement
    let runAround: Statement
    let runAfter: Statement
    let runBefore: Statement
    let runSums: Statement
    let runCounts: Statement
    let nextTopic: Statement
    let eventID: Statement
    let topicEnd: Statement

    init(_ connection: Connection) throws(SQLiteLogError) {
        begin = try Statement("BEGIN", on: connection)
        end = try Statement("COMMIT", on: connection)
        state = try Statement(
            "SELECT (SELECT min(position) FROM events), (SELECT max(position) FROM events), last, indexed FROM hub",
            on: connection)
        let following = "FROM events WHERE position >= ? ORDER BY position"
        events = try Statement("SELECT \(EventRow.columns) \(following)", on: connection)
        blocks = try Statement("SELECT \(EventRow.blockColumns) \(following)", on: connection)
        let ahead = "FROM events WHERE position BETWEEN ? AND ? ORDER BY position"
        let back = "FROM events WHERE position <= ? ORDER BY position DESC"
        forwards = try Statement("SELECT position, topics \(ahead)", on: connection)
        backwards = try Statement("SELECT position, topics \(back)", on: connection)
        forwardsWithPrivacy = try Statement("SELECT position, topics, private \(ahead)", on: connection)
        backwardsWithPrivacy = try Statement("SELECT position, topics, private \(back)", on: connection)
        privacy = try Statement("SELECT private FROM events WHERE position = ?", on: connection)
        arrival = try Statement("SELECT arrival FROM events WHERE position = ?", on: connection)
        latest = try Statement("SELECT latest FROM events WHERE position = ?", on: connection)
        ids = try Statement("SELECT position FROM ids WHERE id = ?", on: connection)
        let run = "SELECT first, last, positions FROM runs WHERE topic = ? AND first"
        runAround = try Statement("\(run) <= ? ORDER BY first DESC LIMIT 1", on: connection)
        runAfter = try Statement("\(run) > ? ORDER BY first LIMIT 1", on: connection)
        runBefore = try Statement("\(run) < ? ORDER BY first DESC LIMIT 1", on: connection)
        runSums = try Statement("SELECT sum(count), min(first), max(last) FROM runs WHERE topic = ?", on: connection)
        runCounts = try Statement(
            "SELECT sum(count), min(first) FROM runs WHERE topic = ? AND first > ? AND last <= ?", on: connection)
        nextTopic = try Statement("SELECT topic FROM runs WHERE topic > ? ORDER BY topic LIMIT 1", on: connection)
        topicEnd = try Statement("SELECT position FROM ends WHERE topic = ?", on: connection)
        eventID = try Statement("SELECT id FROM events WHERE position = ?", on: connection)
    }
}
