// Owns the opening of the file: new, known, or refused. A file that is refused must be left as it was found.

import CSQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The file of a log, locked for this hub as long as this lives.
final class LogFile {
    let path: String
    private let lock: FileLock
    /// The file itself, which may have other names; locked too. Closing it would let go of SQLite's locks.
    private var fd: CInt = -1
    /// Which file the one beside it is, once there was a commit.
    private var side: FileIdentity?

    /// Takes the file, and makes it or brings it to the present form.
    init(_ path: String, schema: Schema) throws(SQLiteLogError) {
        self.path = path
        lock = try FileLock(path + "-lock")
        do throws(SQLiteLogError) {
            try Self.prepare(path, schema)
            fd = open(path, O_RDONLY | O_CLOEXEC)
            guard fd >= 0 else {
                throw SQLiteLogError(.failed, "it cannot be read (\(String(cString: strerror(errno))))")
            }
            try FileLock.lock(fd, path)
        } catch {
            lock.leaveNoTrace()
            throw error
        }
    }

    deinit {
        guard fd >= 0 else { return }
        flock(fd, LOCK_UN)
        close(fd)
    }

    /// Whether the file beside it, where SQLite writes first, is still the one that it was.
    var isWhole: Bool {
        let found = FileIdentity(path + "-wal")
        if side == nil { side = found }
        return found != nil && found == side
    }

    /// The path from the root, with links followed: SQLite takes some relative ones for something else, and the lock must
    /// be the same by whatever name the file is opened.
    static func wholePath(_ path: String) -> String {
        func resolved(_ path: String) -> String? {
            guard let found = realpath(path, nil) else { return nil }
            defer { free(found) }
            return String(cString: found)
        }
        if let whole = resolved(path) { return whole }
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
            return resolved(".").map { "\($0)/\(path)" } ?? "./\(path)"
        }
        let name = path[path.utf8.index(after: slash)...]
        return resolved(String(path[...slash])).map { "\($0)/\(name)" } ?? path
    }

    private static func prepare(_ path: String, _ schema: Schema) throws(SQLiteLogError) {
        guard let version = try version(of: path) else { return try make(path, schema) }
        try check(version, schema)
        let connection = try Connection(path)
        // It may be newer than its first page says, if the hub that brought it there was killed.
        _ = fanfare_sqlite_keep_wal_on_close(connection.handle, 1)
        let present = try Statement("PRAGMA user_version", on: connection).number() ?? 0
        try check(present, schema)
        _ = fanfare_sqlite_keep_wal_on_close(connection.handle, 0)
        try connection.run("PRAGMA synchronous = FULL")
        if present < schema.version {
            try schema.migrate(connection, from: present)
            _ = try connection.checkpoint()
        }
    }

    private static func check(_ version: Int, _ schema: Schema) throws(SQLiteLogError) {
        guard version > 0, version <= schema.version else {
            throw SQLiteLogError(
                .newer,
                "a newer version of Fanfare wrote it (its form is \(version), this version knows \(schema.version)); "
                    + "run that version, or name another file")
        }
    }

    /// The version of a file that is there, as its head has it (https://www.sqlite.org/fileformat2.html, 1.3).
    private static func version(of path: String) throws(SQLiteLogError) -> Int? {
        // One that is no file, but a device or a pipe, may not answer for ever.
        let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if fd < 0 {
            if errno == ENOENT {
                try refuseSide(of: path, "is not there")
                return nil
            }
            throw SQLiteLogError(.failed, "it cannot be read (\(String(cString: strerror(errno))))")
        }
        defer { close(fd) }
        var status = stat()
        guard fstat(fd, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SQLiteLogError(.foreign, "it is not a file, but a device, a pipe or a directory; name another file")
        }
        var head = [UInt8](repeating: 0, count: 100)
        let count = read(fd, &head, head.count)
        if count < 0 { throw SQLiteLogError(.failed, "it cannot be read (\(String(cString: strerror(errno))))") }
        if count == 0 {
            try refuseSide(of: path, "is empty")
            return nil
        }
        func number(at index: Int) -> Int { head[index..<index + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard count == head.count, head.starts(with: "SQLite format 3\0".utf8),
            number(at: 68) == Schema.applicationID
        else { throw SQLiteLogError(.foreign, "it is not a log of Fanfare's; name another file") }
        return number(at: 60)
    }

    /// Refuses a file that can be nothing without the one beside it, which may have the newest events.
    private static func refuseSide(of path: String, _ state: String) throws(SQLiteLogError) {
        var side = stat()
        guard stat(path + "-wal", &side) == 0, side.st_size > 0 else { return }
        throw SQLiteLogError(
            .foreign,
            "it \(state), but \(path)-wal is there, which belongs to a file that was; put that back, name another file, or remove \(path)-wal"
        )
    }

    /// Makes the file under another name, so that there is never half a log.
    private static func make(_ path: String, _ schema: Schema) throws(SQLiteLogError) {
        let draft = path + "-new"
        for name in [draft, draft + "-journal", path + "-wal", path + "-shm"] { unlink(name) }
        // Nobody else on the machine needs to read what is published.
        let fd = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard fd >= 0 else {
            throw SQLiteLogError(.failed, "\(draft) cannot be made (\(String(cString: strerror(errno))))")
        }
        close(fd)
        try fill(draft, schema)
        guard rename(draft, path) == 0 else {
            throw SQLiteLogError(.failed, "it cannot be made (\(String(cString: strerror(errno))))")
        }
        syncDirectory(of: path)
    }

    /// Returns when the file is closed: it is renamed then.
    private static func fill(_ path: String, _ schema: Schema) throws(SQLiteLogError) {
        let connection = try Connection(path)
        // The file gives back what retention frees; it must be said before there is a table.
        try connection.run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = FULL")
        try schema.migrate(connection, from: 0)
        try connection.run("PRAGMA journal_mode = WAL")
    }

    /// Makes a new name last.
    private static func syncDirectory(of path: String) {
        let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "."
        let fd = open(directory, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return }
        fsync(fd)
        close(fd)
    }
}

/// Which file a name stands for.
private struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }
}
