// Owns the finer clocks, for measuring. What the hub does must never depend on them.

import CLibuv

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Process {
    /// Nanoseconds on a clock that never steps back, the same for all processes of this machine.
    package static var nanoseconds: UInt64 { uv_hrtime() }

    /// Nanoseconds of processor time that the present thread has used.
    package static var threadProcessorNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
