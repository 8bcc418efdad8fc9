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
    package static var limit: Int { Int(clamping: limits.rlim_cur) }

    /// Raises the limit as far as the system allows, and returns it.
    package static func raiseLimit() -> Int {
        var raised = limits
        raised.rlim_cur = raised.rlim_max
        // What it does not allow stays as it was.
        _ = setrlimit(which, &raised)
        return limit
    }

    /// What the system gave for a client's sake, unless it is one of the reserve: then it is closed again, and the answer
    /// is the system's own for "too many open files", -1 with `EMFILE` in `errno`.
    package static func keep(from descriptor: Int32) -> Int32 {
        guard descriptor >= 0, Int(descriptor) >= limit - count else { return descriptor }
        close(descriptor)
        errno = EMFILE
        return -1
    }

    /// What may be open now, and what one may ask for.
    private static var limits: rlimit {
        var limits = rlimit()
        if getrlimit(which, &limits) != 0 { limits = rlimit(rlim_cur: 256, rlim_max: 256) }
        return limits
    }

    #if os(Linux)
        private static var which: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
        private static var which: Int32 { RLIMIT_NOFILE }
    #endif
}
