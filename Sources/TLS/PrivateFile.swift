// Owns the reading and writing of files that hold certificates and keys. What it writes nobody but its owner may read,
// and is there in full or not at all. It waits for the disk, and so must never be called on a loop's thread.

import COpenSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files that are read whole, and written so that only their owner reads them.
enum PrivateFile {
    /// More than any chain of certificates has.
    private static let most = 1 << 20

    /// The bytes of a file.
    static func read(_ path: String) throws(TLSError) -> [UInt8] {
        guard let found = try readIfThere(path) else { throw unreadable(path, reason(ENOENT)) }
        return found.bytes
    }

    /// The bytes of a file, and whether it is the hub's own user's and nobody else has a right to it; nil if there is none.
    static func readIfThere(_ path: String) throws(TLSError) -> (bytes: [UInt8], isPrivate: Bool)? {
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
    static func isOpenToAll(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o004 != 0
    }

    /// Overwrites what held a key, and is held by nobody else.
    static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }

    /// Puts a file in the place of what was there.
    static func write(_ bytes: [UInt8], to path: String) throws(TLSError) {
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

    private static func unreadable(_ path: String, _ reason: String) -> TLSError {
        TLSError(.unreadable, "\(path) cannot be read (\(reason)); it has to be a file that the hub's user may read")
    }

    private static func unwritable(_ path: String, _ code: Int32) -> TLSError {
        TLSError(
            .unreadable, "\(path) cannot be written (\(reason(code))); its directory has to be there and writable")
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// What tells one state of a file from another without reading it.
struct FileStamp: Sendable, Equatable {
    private let device: UInt64
    private let file: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int
    /// When its owner, its mode or its content was last changed.
    private let changeSeconds: Int
    private let changeNanoseconds: Int

    /// The stamp of what a path leads to; nil if that is nothing.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        file = UInt64(truncatingIfNeeded: status.st_ino)
        size = Int64(status.st_size)
        #if os(Linux)
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
            (changeSeconds, changeNanoseconds) = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
        #else
            (seconds, nanoseconds) = (status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec)
            (changeSeconds, changeNanoseconds) = (status.st_ctimespec.tv_sec, status.st_ctimespec.tv_nsec)
        #endif
    }
}

private func systemRead(_ fd: Int32, _ bytes: inout [UInt8], from start: Int) -> Int {
    bytes.withUnsafeMutableBytes { read(fd, $0.baseAddress! + start, $0.count - start) }
}

private func systemWrite(_ fd: Int32, _ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBytes { write(fd, $0.baseAddress, $0.count) }
}
