// Owns the reading and writing of files that hold keys and certificates. What it writes nobody but its owner may read,
// and is there in full or not at all. It waits for the disk, and so must never be called on a loop's thread.

import COpenSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files that are read whole, and written so that only their owner reads them.
package enum PrivateFile {
    /// More than any chain of certificates has.
    private static let most = 1 << 20

    /// The bytes of a file.
    package static func read(_ path: String) throws(PrivateFileError) -> [UInt8] {
        guard let found = try readIfThere(path) else { throw unreadable(path, reason(ENOENT)) }
        return found.bytes
    }

    /// The bytes of a file, and whether it is the hub's own user's and nobody else has a right to it; nil if there is none.
    package static func readIfThere(_ path: String) throws(PrivateFileError) -> (bytes: [UInt8], isPrivate: Bool)? {
        // What is no file, but a pipe say, does not keep the start waiting.
        let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard fd >= 0 else {
            if errno == ENOENT { return nil }
            throw unreadable(path, reason(errno))
        }
        defer { close(fd) }
        var status = stat()
        guard fstat(fd, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw unreadable(path, "it is not a file")
        }
        // All of it goes to one place, which is wiped when it held a key and is no longer used.
        var bytes = [UInt8](repeating: 0, count: min(Int(status.st_size), most) + 1)
        var count = 0
        while count < bytes.count {
            let some = systemRead(fd, &bytes, from: count)
            if some < 0, errno == EINTR { continue }
            guard some >= 0 else { throw unreadable(path, reason(errno)) }
            if some == 0 {
                bytes.removeLast(bytes.count - count)
                return (bytes, status.st_uid == geteuid() && status.st_mode & 0o077 == 0)
            }
            count += some
        }
        wipe(&bytes)
        throw unreadable(
            path, count > most ? "it is over 1 MiB, more than any certificate or key" : "it grew while it was read")
    }

    /// Whether anybody on this machine may read a file.
    package static func isOpenToAll(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o004 != 0
    }

    /// Overwrites what held a key, and is held by nobody else.
    package static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }

    /// Puts a file in the place of what was there.
    package static func write(_ bytes: [UInt8], to path: String) throws(PrivateFileError) {
        let draft = path + ".new"
        unlink(draft)
        let fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw unwritable(path, errno) }
        var rest = bytes[...]
        var isWritten = true
        while !rest.isEmpty, isWritten {
            let count = systemWrite(fd, rest)
            if count > 0 { rest = rest.dropFirst(count) } else { isWritten = count < 0 && errno == EINTR }
        }
        isWritten = isWritten && fsync(fd) == 0
        let error = errno
        isWritten = close(fd) == 0 && isWritten
        guard isWritten, rename(draft, path) == 0 else {
            unlink(draft)
            throw unwritable(path, isWritten ? errno : error)
        }
    }

    private static func unreadable(_ path: String, _ reason: String) -> PrivateFileError {
        PrivateFileError("\(path) cannot be read (\(reason)); it has to be a file that the hub's user may read")
    }

    static func unwritable(_ path: String, _ code: Int32) -> PrivateFileError {
        let isFull = [EMFILE, ENFILE, ENOSPC, EDQUOT].contains(code)
        return PrivateFileError(
            "\(path) cannot be written (\(reason(code))); "
                + (isFull ? "make room, and try again" : "its directory has to be there and writable"),
            isForWantOfRoom: isFull)
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Why a file cannot be read or written.
package struct PrivateFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Which file, what is wrong and what to do, for an operator; no trailing stop.
    package let description: String
    /// Whether nothing is wrong but that the disk is full, or too many files are open: it may go well later.
    package let isForWantOfRoom: Bool

    init(_ description: String, isForWantOfRoom: Bool = false) {
        self.description = description
        self.isForWantOfRoom = isForWantOfRoom
    }
}

private func systemRead(_ fd: Int32, _ bytes: inout [UInt8], from start: Int) -> Int {
    bytes.withUnsafeMutableBytes { read(fd, $0.baseAddress! + start, $0.count - start) }
}

func systemWrite(_ fd: Int32, _ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBytes { write(fd, $0.baseAddress, $0.count) }
}
