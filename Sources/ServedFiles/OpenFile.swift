// Owns one descriptor, and what was known of the file when it was opened. It waits for the disk, and so must never be asked on a
// loop's thread.

import Descriptors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A descriptor that closes itself.
final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }
}

/// A file that is open for reading. Any number of readers may share it.
package final class OpenFile: Sendable {
    /// How many bytes it had when it was opened.
    package let size: Int
    /// When it was last changed, in seconds since 1970, and the nanoseconds beyond.
    package let modified: (seconds: Int, nanoseconds: Int)
    /// The file's number in its file system, whatever its name.
    package let number: UInt64
    private let descriptor: Descriptor

    /// - Parameter descriptor: of a regular file; of anything else there is no `OpenFile`.
    init?(_ descriptor: Descriptor) {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.descriptor = descriptor
        size = max(0, Int(status.st_size))
        number = UInt64(truncatingIfNeeded: status.st_ino)
        #if os(Linux)
            modified = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        #else
            modified = (status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec)
        #endif
    }

    /// Opens the file that a path leads to, by whatever links.
    package static func open(_ path: String) throws(FileFailure) -> OpenFile {
        guard !path.utf8.contains(0) else { throw FileFailure(.missing, "a path holds a NUL") }
        // What is no file, but a pipe say, keeps nobody waiting.
        let number = DescriptorReserve.keep(from: systemOpen(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
        guard number >= 0 else { throw FileFailure(errno, path) }
        guard let file = OpenFile(Descriptor(number)) else { throw FileFailure(.missing, "\(path) is not a file") }
        return file
    }

    /// The bytes of a range, all of them.
    ///
    /// - Throws: `FileFailure` of the code `.shrunk` if they are no longer there.
    package func read(_ range: Range<Int>) throws(FileFailure) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let some = pread(
                    descriptor.number, buffer.baseAddress! + count, range.count - count,
                    off_t(range.lowerBound + count))
                if some < 0, errno == EINTR { continue }
                if some < 0 { failure = errno }
                if some <= 0 { return }
                count += some
            }
        }
        if failure != 0 { throw FileFailure(failure, "a file cannot be read") }
        guard bytes.count == range.count else {
            throw FileFailure(.shrunk, "the file became shorter while it was sent")
        }
        return bytes
    }
}
