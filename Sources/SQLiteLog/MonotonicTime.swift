// Owns the clock by which the log's threads measure how long something takes. Events never get their times from it.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The system's clock that never steps back.
enum MonotonicTime {
    /// In nanoseconds; where it starts does not matter.
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
