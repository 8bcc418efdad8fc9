// Owns the mark that a log is open. Must vanish with the process, however that ends; so it is the system's lock, and the
// file that carries it means nothing.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A lock on a file of its own beside the log. The log itself must not be locked so: closing any descriptor of it would
/// let go of SQLite's locks.
final class FileLock {
    private let fd: CInt
    private let path: String
    /// Whether the file was made for this lock.
    private let isNew: Bool

    /// Locks a file for the whole process. A process that has just begun another has lent it what it has open until that
    /// runs its own program, and so a lock may be let go of a moment late.
    static func lock(_ fd: CInt, _ path: String) throws(SQLiteLogError) {
        for _ in 0..<50 {
            if flock(fd, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw SQLiteLogError(.failed, "\(path) cannot be locked (\(String(cString: strerror(errno))))")
            }
            usleep(10_000)
        }
        throw SQLiteLogError(.inUse, "another hub has it open; end that one, or name another file")
    }

    /// Takes the lock, soon or not at all.
    init(_ path: String) throws(SQLiteLogError) {
        while true {
            let isNew = access(path, F_OK) != 0
            let fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard fd >= 0 else {
                throw SQLiteLogError(
                    .failed,
                    "\(path) cannot be made (\(String(cString: strerror(errno)))); its directory has to be there and writable, or name another file"
                )
            }
            do throws(SQLiteLogError) {
                try Self.lock(fd, path)
            } catch {
                close(fd)
                throw error
            }
            // Someone may have removed the file in between: then this is a lock on nothing.
            var held = stat()
            var named = stat()
            if fstat(fd, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino, held.st_dev == named.st_dev
            {
                self.fd = fd
                self.path = path
                self.isNew = isNew
                return
            }
            close(fd)
        }
    }

    /// Takes the file away again if it was made for this lock.
    func leaveNoTrace() {
        if isNew { unlink(path) }
    }

    deinit {
        // Whoever the process has just spawned has the descriptor too, until it is another program.
        flock(fd, LOCK_UN)
        close(fd)
    }
}
