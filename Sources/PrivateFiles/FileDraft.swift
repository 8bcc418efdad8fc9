// Owns a file while it is being written: nobody but its owner may read it, and under its own name it is there in full or
// not at all. It waits for the disk, and so must never be used on a loop's thread.

import Descriptors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that is made beside the place where it is to be, and removed unless it gets there.
package struct FileDraft: ~Copyable {
    private let fd: Int32
    /// Where it is to be.
    private let path: String
    /// Where it is.
    private let draft: String

    /// Makes an empty file in the folder of a path.
    package init(of path: String) throws(PrivateFileError) {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        let draft = "\(folder).\(UInt64.random(in: .min ... .max)).part"
        fd = DescriptorReserve.keep(
            from: open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600))
        guard fd >= 0 else {
            let reason = errno
            unlink(draft)
            throw PrivateFile.unwritable(path, reason)
        }
        self.path = path
        self.draft = draft
    }

    deinit {
        close(fd)
        // Once it has its own name there is none of this one.
        unlink(draft)
    }

    /// Adds bytes at its end.
    package func write(_ bytes: [UInt8]) throws(PrivateFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = systemWrite(fd, rest)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 || errno != EINTR {
                throw PrivateFile.unwritable(path, count == 0 ? EIO : errno)
            }
        }
    }

    /// Gives it its own name, in the place of what has it, once the disk has all of it.
    package consuming func finish() throws(PrivateFileError) {
        guard fsync(fd) == 0, rename(draft, path) == 0 else { throw PrivateFile.unwritable(path, errno) }
    }
}
