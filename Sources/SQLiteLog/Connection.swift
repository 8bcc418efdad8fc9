// Owns one connection to the file, and the words for what SQLite refuses. Must never be used on two threads at a time.

import CSQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A connection to the file. It belongs to one thread at a time, and ends with its last statement.
final class Connection {
    let handle: OpaquePointer

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - system: what SQLite reaches the disk by; `nil` is its own.
    init(_ path: String, by system: String? = nil) throws(SQLiteLogError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        let result = sqlite3_open_v2(path, &handle, flags, system)
        guard let handle else { throw SQLiteLogError(.failed, "there is no memory to open the file") }
        self.handle = handle
        if result != SQLITE_OK { throw failure(result) }
        sqlite3_extended_result_codes(handle, 1)
        // Someone may look at the file with a tool of their own, and hold it for a moment.
        sqlite3_busy_timeout(handle, 500)
    }

    deinit { sqlite3_close_v2(handle) }

    /// Runs statements that answer nothing.
    func run(_ text: String) throws(SQLiteLogError) {
        let result = sqlite3_exec(handle, text, nil, nil, nil)
        if result != SQLITE_OK { throw failure(result) }
    }

    /// Whether a transaction is open. Some failures take it back at once.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Does something in one transaction that writes: all of it or nothing.
    func inTransaction(_ body: () throws(SQLiteLogError) -> Void) throws(SQLiteLogError) {
        do throws(SQLiteLogError) {
            try run("BEGIN IMMEDIATE")
            try body()
            try run("COMMIT")
        } catch {
            rollBack()
            throw error
        }
    }

    /// Takes back what an open transaction did, if SQLite has not done so already, and makes all statements ready to be
    /// run anew: an open one would keep the transaction from ending.
    func rollBack() {
        resetStatements()
        if isInTransaction { try? run("ROLLBACK") }
    }

    /// Makes all statements ready to be run anew, in the middle of whatever they were.
    func resetStatements() {
        var statement = sqlite3_next_stmt(handle, nil)
        while let some = statement {
            sqlite3_reset(some)
            statement = sqlite3_next_stmt(handle, some)
        }
    }

    /// Has what is read next come from the file, and not from memory.
    func forgetPages() { sqlite3_db_release_memory(handle) }

    /// Whether the path now names another file, or none.
    var hasMoved: Bool {
        var moved: CInt = 0
        return sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0
    }

    /// Copies what is committed from the side file into the file, as far as it can be done without waiting. After a
    /// failure the next one begins with all that is in the side file; until then none may come from another connection.
    /// Tells how many pages of the side file are in the file now.
    func checkpoint() throws(SQLiteLogError) -> CInt {
        var copied: CInt = 0
        let result = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, &copied)
        // Another connection at the same work does as well.
        if result & 0xFF == SQLITE_OK || result & 0xFF == SQLITE_BUSY { return max(0, copied) }
        let failure = failure(result)
        _ = fanfare_sqlite_copy_anew(handle)
        throw failure
    }

    /// What went wrong, in words.
    func failure(_ result: CInt) -> SQLiteLogError {
        let system = sqlite3_system_errno(handle)
        let reason = system == 0 ? "" : ", \(String(cString: strerror(system)))"
        let detail = "SQLite \(result): \(String(cString: sqlite3_errmsg(handle)))\(reason)"
        let cause =
            switch result & 0xFF {
            case SQLITE_FULL: "the disk is full"
            case SQLITE_READONLY, SQLITE_PERM: "the file or its directory cannot be written to"
            case SQLITE_BUSY, SQLITE_LOCKED: "another program has locked the file"
            case SQLITE_IOERR: "the disk reports an error"
            // A disk that reports an error while it is read is told in the same way.
            case SQLITE_CORRUPT, SQLITE_NOTADB: "the file is damaged, or cannot be read"
            case SQLITE_CANTOPEN: "the file cannot be opened"
            case SQLITE_NOMEM: "there is no memory"
            default: "the file cannot be used"
            }
        return SQLiteLogError(.failed, "\(cause) (\(detail))")
    }
}
