// Owns what tells whether a file changed. It must never read the file: it is asked every few seconds.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What tells one state of a file from another without reading it.
package struct FileStamp: Sendable, Equatable {
    private let device: UInt64
    private let file: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int
    /// When its owner, its mode or its content was last changed.
    private let changeSeconds: Int
    private let changeNanoseconds: Int

    /// The stamp of what a path leads to; nil if that is nothing.
    package init?(_ path: String) {
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
