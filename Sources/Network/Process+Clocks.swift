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

    /// Names the start of the machine since which `uptime` counts; `nil` where the system has no name for it.
    package static var boot: String? {
        var bytes = [UInt8](repeating: 0, count: 64)
        #if os(Linux)
            let fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
            guard fd >= 0 else { return nil }
            defer { close(fd) }
            let count = read(fd, &bytes, bytes.count)
        #else
            var count = bytes.count
            guard sysctlbyname("kern.bootsessionuuid", &bytes, &count, nil, 0) == 0 else { return nil }
        #endif
        let name = bytes.prefix(max(0, count)).prefix { $0 > 0x20 }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    /// Nanoseconds of processor time that the present thread has used.
    package static var threadProcessorNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
