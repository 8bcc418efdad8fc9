// Owns a folder that lasts no longer than its process. Must never let go of one that another process may be using: whose
// it is, the system's own lock tells, which vanishes with the process, however that ends. It waits for the disk, and so
// must never be used on a loop's thread.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder that only its owner enters, and that is locked for as long as somebody here has it.
package final class PrivateFolder: Sendable {
    private let fd: Int32

    /// Makes a folder.
    package init(_ path: String) throws(PrivateFileError) {
        guard mkdir(path, 0o700) == 0 else { throw PrivateFile.unwritable(path, errno) }
        guard let fd = Self.lock(path) else { throw PrivateFile.unwritable(path, errno) }
        self.fd = fd
    }

    /// Takes a folder of the same user's that a process left which is no more. Nil if somebody has it, or it is no such
    /// folder.
    package init?(leftAt path: String) {
        guard let fd = Self.lock(path) else { return nil }
        self.fd = fd
    }

    deinit { close(fd) }

    /// Locks what lies at a path, if it is a folder of this user's that nobody has.
    private static func lock(_ path: String) -> Int32? {
        let fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard fd >= 0 else { return nil }
        var held = stat()
        var named = stat()
        // Between two looks it may have been removed, and another have been made: a lock on nothing is none.
        guard fstat(fd, &held) == 0, held.st_uid == geteuid(), flock(fd, LOCK_EX | LOCK_NB) == 0,
            lstat(path, &named) == 0, held.st_ino == named.st_ino, held.st_dev == named.st_dev
        else {
            let reason = errno
            close(fd)
            errno = reason
            return nil
        }
        return fd
    }
}
