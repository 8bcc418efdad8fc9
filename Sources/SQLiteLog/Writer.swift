// Owns the one thread that writes. Must never answer for an event before the disk has it, and never let memory say
// anything else than the disk.

import CSQLite
import Hub
import Synchronization
import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes what it is given, as much at a time as has come.
final class Writer: @unchecked Sendable {
    // SAFETY: used on its thread only, once that runs.
    let connection: Connection
    let shared: Shared
    let statements: WriterStatements
    let inboxStatements: InboxStatements
    let topicIndex: TopicIndex
    private let file: LogFile
    private let letters: Mailbox<WriterLetter>
    private let copier: Mailbox<CopierLetter>
    /// How many of the newest events memory keeps when others are written to the index.
    let tailEvents: Int
    /// Where the log stands, with what the open transaction did to it.
    var mark: Mark
    /// Whether there is an inbox, so that what retention lets go of is of interest.
    var hasInboxes: Bool
    /// The patterns that inboxes have added, as the last commit left them.
    var added: AddedPatterns
    /// Pages in SQLite's side file, as the last commit left it.
    private let sidePages: UnsafeMutablePointer<CInt>
    private var copiedAt: CInt = 0
    /// How many publications there were the last time.
    private var lastCount = 0
    /// How many had come meanwhile, before any of those was answered.
    private var cameMeanwhile: Int?
    /// How long the last commit took, in nanoseconds.
    private var commitTime = 0

    /// From so many publishers on, it is worth waiting for those who are missing.
    private static let crowd = 8
    /// For so many nanoseconds for each of all: what it costs the hub to answer one and to take its next event.
    private static let patience = 25_000
    /// And no longer than this in all, however many they are and however long a commit takes.
    private static let mostPatience = 2_000_000
    /// From so many pages on in the side file, they are copied into the file.
    private static let copyPages: CInt = 1000
    /// No more than so many are copied by the writer when another thread has copied those before: a millisecond or two.
    private static let fewPages: CInt = 512
    /// From so many on the writer takes part: while it goes on writing, another thread never gets to the end, and only
    /// there the side file can begin anew.
    private static let mostSidePages: CInt = 8000

    init(
        _ file: LogFile, _ connection: Connection, _ start: LogStart, _ shared: Shared,
        letters: Mailbox<WriterLetter>, copier: Mailbox<CopierLetter>, tail: Int
    ) throws(SQLiteLogError) {
        self.file = file
        self.connection = connection
        self.shared = shared
        self.letters = letters
        self.copier = copier
        tailEvents = tail
        mark = start.mark
        statements = try WriterStatements(connection)
        topicIndex = try TopicIndex(connection)
        inboxStatements = try InboxStatements(connection)
        (hasInboxes, added) = try InboxStatements.start(connection)
        sidePages = .allocate(capacity: 1)
        sidePages.initialize(to: 0)
        sqlite3_wal_hook(
            connection.handle,
            { context, _, _, pages in
                context!.assumingMemoryBound(to: CInt.self).pointee = pages
                return SQLITE_OK
            }, sidePages)
    }

    deinit {
        sqlite3_wal_hook(connection.handle, nil, nil)
        sidePages.deallocate()
    }

    /// Writes until there is no one to ask for it.
    func run() {
        while let letters = gather() {
            var group = CommitGroup()
            for letter in letters {
                switch letter {
                case .append(let append): group.add(append)
                case .inbox(let letter): group.add(letter)
                case .expire(let clock):
                    commit(group.take())
                    expire(at: clock)
                case .copyRest(let copied):
                    commit(group.take())
                    if sidePages.pointee - copied <= Self.fewPages { copyAll() }
                case .barrier(let body):
                    commit(group.take())
                    body()
                }
                if group.isFull { commit(group.take()) }
            }
            commit(group)
        }
    }

    /// Takes what has come. Where many publish, those who were answered just now are about to send the next event: with a
    /// moment's patience they share a commit with those who wait already, else the two halves take turns, with a commit
    /// each. Where a commit takes little there is little to be saved.
    private func gather() -> [WriterLetter]? {
        var taken = letters.takeNow()
        let count = Self.publications(taken)
        let publishers = lastCount + (cameMeanwhile ?? 0)
        if publishers >= Self.crowd, count < publishers {
            let patience = min(publishers * Self.patience, 4 * commitTime, Self.mostPatience)
            taken += letters.take(weighing: publishers - count, within: patience)
        }
        if taken.isEmpty {
            guard let first = letters.take() else { return nil }
            taken = first
        }
        lastCount = Self.publications(taken)
        cameMeanwhile = nil
        return taken
    }

    /// To be called before anyone is answered.
    func countThoseWhoWait() {
        if cameMeanwhile == nil { cameMeanwhile = letters.present }
    }

    private static func publications(_ letters: [WriterLetter]) -> Int {
        letters.reduce(0) { count, letter in
            if case .append(let append) = letter { count + append.publications.count } else { count }
        }
    }

    /// Does something in one transaction, and tells whether it is on disk. If it is not, nothing of it is, and the mark
    /// is what it was.
    func transaction(_ body: () throws(SQLiteLogError) -> Void) throws(SQLiteLogError) {
        let before = mark
        shared.atDiskSince.store(MonotonicTime.now, ordering: .relaxed)
        defer { shared.atDiskSince.store(0, ordering: .relaxed) }
        do throws(SQLiteLogError) {
            if connection.hasMoved || !file.isWhole {
                throw SQLiteLogError(
                    .failed,
                    "the file \(file.path) or the -wal beside it was moved, removed or replaced while the hub ran; put it back, or restart"
                )
            }
            try statements.begin.run()
            try body()
            let begun = MonotonicTime.now
            try statements.commit.run()
            commitTime = MonotonicTime.now - begun
        } catch {
            mark = before
            connection.rollBack()
            shared.state.withLock { $0.trouble = error.description }
            throw error
        }
        keepSideFileSmall()
    }

    private func keepSideFileSmall() {
        let pages = sidePages.pointee
        // It began anew.
        if pages < copiedAt { copiedAt = 0 }
        if pages >= Self.mostSidePages, pages - copiedAt >= Self.copyPages {
            copiedAt = pages
            copyAll()
        } else if pages - copiedAt >= Self.copyPages {
            copiedAt = pages
            copier.put(.copy)
        }
    }
}

extension Writer {
    /// Copies what is left in the side file. Then the next commit begins it anew, unless somebody reads there.
    private func copyAll() {
        // Where it fails, these pages are copied together with the next ones.
        // It does not wait for one that is at it.
        let copied = shared.copying.withLockIfAvailable { _ in try? connection.checkpoint() }
        guard let copied = copied ?? nil, copied >= sidePages.pointee else { return }
        sidePages.pointee = 0
        copiedAt = 0
    }
}

/// The statements of the writer.
struct WriterStatements {
    let begin: Statement
    let commit: Statement
    let insert: Statement
    let insertID: Statement
    let findID: Statement
    let event: Statement
    let oldest: Statement
    let delete: Statement
    let deleteRuns: Statement
    let deleteID: Statement
    let insertEnd: Statement
    let findEnd: Statement
    let deleteEnd: Statement
    let anyEnd: Statement
    let insertKey: Statement
    let findKey: Statement
    let deleteKeys: Statement
    let beginStep: Statement
    let undoStep: Statement
    let endStep: Statement
    let setLast: Statement
    let freePages: Statement
    let pages: Statement

    init(_ connection: Connection) throws(SQLiteLogError) {
        begin = try Statement("BEGIN IMMEDIATE", on: connection)
        commit = try Statement("COMMIT", on: connection)
        insert = try Statement(
            """
            INSERT INTO events
                (position, time, arrival, latest, total, topics, id, type, retry, publisher, data, ends, private)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, on: connection)
        insertID = try Statement("INSERT INTO ids VALUES (?, ?)", on: connection)
        findID = try Statement("SELECT position FROM ids WHERE id = ?", on: connection)
        event = try Statement("SELECT \(EventRow.columns) FROM events WHERE position = ?", on: connection)
        oldest = try Statement(
            "SELECT position, total, arrival, topics, id, ends FROM events ORDER BY position", on: connection)
        delete = try Statement("DELETE FROM events WHERE position <= ?", on: connection)
        deleteRuns = try Statement("DELETE FROM runs WHERE topic = ?1 AND first <= ?2 AND last <= ?2", on: connection)
        deleteID = try Statement("DELETE FROM ids WHERE id = ? AND position = ?", on: connection)
        insertEnd = try Statement("INSERT INTO ends VALUES (?, ?)", on: connection)
        findEnd = try Statement("SELECT 1 FROM ends WHERE topic = ?", on: connection)
        deleteEnd = try Statement("DELETE FROM ends WHERE topic = ? AND position = ?", on: connection)
        anyEnd = try Statement("SELECT 1 FROM ends LIMIT 1", on: connection)
        insertKey = try Statement("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?)", on: connection)
        findKey = try Statement("SELECT ids FROM keys WHERE scope = ? AND key = ?", on: connection)
        deleteKeys = try Statement("DELETE FROM keys WHERE position <= ?", on: connection)
        beginStep = try Statement("SAVEPOINT step", on: connection)
        undoStep = try Statement("ROLLBACK TO step", on: connection)
        endStep = try Statement("RELEASE step", on: connection)
        setLast = try Statement("UPDATE hub SET last = ?", on: connection)
        freePages = try Statement("PRAGMA freelist_count", on: connection)
        pages = try Statement("PRAGMA page_count", on: connection)
    }
}
