// Owns the log in a file as others see it: answers from memory what it can, and hands the rest to its threads. Must
// never touch the disk on a caller's thread.

package import Hub
import Synchronization
import TimerWheel

/// A log in a file: what it has acknowledged survives the end of the process and of the machine.
///
/// One thread writes. All that waits for it goes into one transaction and one sync, and is answered when that is done.
/// A second thread reads, a third copies from SQLite's side file into the file; neither makes the first one wait. The
/// newest events are in memory too (`Tail`), and so are not read from the file again by those who keep up.
package final class SQLiteLog: EventLog {
    package let epoch: String
    let shared: Shared
    let writing: Mailbox<WriterLetter>
    let reading: Mailbox<ReaderLetter>
    private let copying: Mailbox<CopierLetter>
    private let threads: Mutex<[LogThread]>

    /// Opens a log, or makes one.
    ///
    /// - Parameters:
    ///   - path: the file. Two more, `-wal` and `-shm`, are beside it while it is open, and a `-lock`.
    ///   - retention: what it keeps.
    ///   - clock: the time.
    ///   - boot: names the start of the machine to which `clock.now` belongs; `nil` if that is not known.
    ///   - tail: how many events at least are kept in memory.
    ///   - makeEpoch: makes names of epochs: letters and digits, at most 32. It is asked until one is new.
    /// - Throws: `SQLiteLogError`, which says what is wrong and what to do; then the file is as it was.
    package convenience init(
        path: String, retention: Retention, clock: Clock, boot: String?, tail: Int = 4096,
        makeEpoch: () -> String
    ) throws(SQLiteLogError) {
        try self.init(
            path: path, retention: retention, clock: clock, boot: boot, tail: tail, schema: .present,
            makeEpoch: makeEpoch)
    }

    init(
        path: String, retention: Retention, clock: Clock, boot: String?, tail: Int, schema: Schema,
        system: String? = nil,
        makeEpoch: () -> String
    ) throws(SQLiteLogError) {
        let file = try LogFile(LogFile.wholePath(path), schema: schema)
        let connection = try Connection(file.path, by: system)
        try connection.run(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1;
            PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -16384
            """)
        let start = try LogStart(connection, clock: clock, boot: boot, makeEpoch: makeEpoch)
        epoch = start.epoch
        let shared = Shared(start, retention: retention)
        self.shared = shared
        let writing = Mailbox<WriterLetter>()
        let reading = Mailbox<ReaderLetter>()
        let copying = Mailbox<CopierLetter>()
        self.writing = writing
        self.reading = reading
        self.copying = copying
        let writer = try Writer(file, connection, start, shared, letters: writing, copier: copying, tail: tail)
        let reader = try Reader(try Connection(file.path, by: system), shared)
        let copier = try Copier(try Connection(file.path, by: system), shared, writer: writing)
        threads = Mutex([])
        do throws(SQLiteLogError) {
            try run { writer.run() }
            try run { reader.run(reading) }
            try run { copier.run(copying) }
        } catch {
            close()
            throw error
        }
    }

    private func run(_ body: @escaping @Sendable () -> Void) throws(SQLiteLogError) {
        let thread = try LogThread(body)
        threads.withLock { $0.append(thread) }
    }

    deinit {
        // Perhaps on one of its own threads, which cannot wait for itself.
        closeMailboxes()
    }

    /// What was given to the log is done; what comes later is refused. Returns when the file is closed.
    package func close() {
        var threads = threads.withLock { threads in
            let taken = threads
            threads = []
            return taken
        }
        // The writer comes last, which was started first: who closes the file last copies what is in its side file, and
        // two who close it at a time leave that to each other.
        reading.close()
        copying.close()
        while threads.count > 1 { threads.removeLast().join() }
        writing.close()
        threads.first?.join()
    }

    private func closeMailboxes() {
        reading.close()
        copying.close()
        writing.close()
    }

    // MARK: - What memory knows

    package var kept: Range<Position> { shared.state.withLock { $0.first..<($0.last + 1) } }

    package var trouble: String? {
        if let delay = shared.delay { return "the log takes no events: \(delay.description)" }
        return shared.state.withLock { state in
            state.trouble.map { "the log takes no events: \($0)" }
                ?? state.readTrouble.map { "a part of the log cannot be read: \($0)" }
                ?? state.retentionTrouble.map { "old events cannot be let go of: \($0)" }
        }
    }

    package var hasEnds: Bool { shared.state.withLock(\.hasEnds) }

    package func follow(_ receive: @escaping @Sendable (Batch) -> Void) -> Position {
        shared.state.withLock {
            $0.followers.append(receive)
            return $0.last
        }
    }

    package func append(
        _ publications: [Publication], at clock: Clock, completion: @escaping @Sendable ([PublishOutcome]) -> Void
    ) {
        let append = WriterLetter.Append(publications: publications, clock: clock, completion: completion)
        // Those who wait already do so until it is certain what became of their events.
        if let delay = shared.delay {
            append.refuse(delay)
        } else if !writing.put(.append(append), weight: max(1, publications.count)) {
            append.refuse(.closed)
        }
    }

    // MARK: - Retention

    @discardableResult
    package func expire(at clock: Clock) -> Bool {
        let now = clock.now + shared.offset
        let (isDue, isNeeded, isTrial) = shared.state.withLock { state in
            let isDue = state.isExpiring || shared.isDue(state, at: now)
            let isNeeded = !state.isExpiring && (isDue || state.trouble != nil || state.hasRoom)
            if isNeeded { state.isExpiring = true }
            let isTrial = state.readTrouble != nil && !state.isTrying
            if isTrial { state.isTrying = true }
            return (isDue, isNeeded, isTrial)
        }
        if isNeeded { writing.put(.expire(clock)) }
        if isTrial { reading.put(.trial) }
        return isDue
    }

    package func aging(at clock: Clock) -> Position {
        let now = clock.now + shared.offset
        let retention = shared.retention
        let (through, isNeeded) = shared.state.withLock { state in
            let beyondHalf = retention.countBeyondHalf(count: state.last + 1 - state.first, size: state.bytes)
            let isNeeded = !state.isAging && state.oldest.map { now - $0 > retention.age / 2 } ?? false
            if isNeeded { state.isAging = true }
            return (max(state.first - 1 + beyondHalf, state.agedThrough), isNeeded)
        }
        // The file has to be looked at, and so the answer is there when this is asked for the next time.
        if isNeeded { reading.put(.age(now - retention.age / 2)) }
        return through
    }

    /// Calls back when all that the threads were given before is done.
    func whenDone(_ body: @escaping @Sendable () -> Void) {
        let (writing, reading, copying) = (writing, reading, copying)
        // The copier leaves its last pages to the writer.
        let afterCopying: @Sendable () -> Void = {
            if !writing.put(.barrier({ if !reading.put(.barrier(body)) { body() } })) { body() }
        }
        if !writing.put(.barrier({ if !copying.put(.barrier(afterCopying)) { body() } })) { body() }
    }
}
