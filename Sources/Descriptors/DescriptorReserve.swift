// Owns how many files and sockets this process may have open, and the last few that are kept for the process itself. What
// clients can multiply must never take those: the runtime's own threads end the process if they cannot open a file.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The descriptors that connections and files of clients leave alone.
///
/// The system gives the lowest number that is free (POSIX, File Descriptor Allocation), so that a number near the limit
/// says that nearly all below it are taken.
package enum DescriptorReserve {
    /// How many are kept: for the runtime, the log's files, keys and certificates that are read anew.
    package static let count = 16

    /// The limit, as it is now.
    package static var limit: Int {
        var limit = rlimit()
        guard getrlimit(which, &limit) == 0 else { return 256 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Raises the limit as far as the system allows, and returns it.
    package static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(which, &limit) == 0 else { return 256 }
        if limit.rlim_cur < limit.rlim_max {
            let soft = limit.rlim_cur
            limit.rlim_cur = limit.rlim_max
            if setrlimit(which, &limit) != 0 { limit.rlim_cur = soft }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// What the system gave for a client's sake, unless it is one of the reserve: then it is closed again, and the answer
    /// is the system's own for "too many open files", -1 with `EMFILE` in `errno`.
    package static func keep(from descriptor: Int32) -> Int32 {
        guard descriptor >= 0, Int(descriptor) >= limit - count else { return descriptor }
        close(descriptor)
        errno = EMFILE
        return -1
    }

    #if os(Linux)
        private static var which: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
        private static var which: Int32 { RLIMIT_NOFILE }
    #endif
}
