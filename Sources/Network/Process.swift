// Owns what is asked of the system for the process as a whole. Must never wait: it is called on loops' threads.

import CLibuv
package import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the system lets this process have, and what it tells it.
package enum Process {
    /// How many processors this process may use.
    package static var processorCount: Int { max(1, Int(uv_available_parallelism())) }

    /// Gives the system memory back that was freed, as far as the allocator can be asked to. It walks over all that is
    /// free, which can take a tenth of a second when that is a million pieces.
    package static func returnFreeMemory() { fanfare_return_free_memory() }

    /// Writes to standard error, without waiting for whoever reads it: what nobody takes is lost.
    package static func writeError(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            var room = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
            guard poll(&room, 1, 0) == 1 else { return }
            // A pipe that has room has room for this much.
            let taken = bytes.withUnsafeBytes { write(2, $0.baseAddress, min($0.count, 4096)) }
            if taken < 0 && errno == EINTR { continue }
            if taken <= 0 { return }
            bytes.removeFirst(taken)
        }
    }

    /// Milliseconds since 1970 UTC.
    package static var time: Milliseconds {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // Beyond the year 9999 times have no text (RFC 3339); a clock that is so wrong is as if it stood still there.
        return min(Int(now.tv_sec), 253_402_300_799) * 1000 + Int(now.tv_nsec) / 1_000_000
    }

    /// Milliseconds on a clock that never steps back; event loops' `now` is on the same.
    package static var uptime: Milliseconds { Int(uv_hrtime() / 1_000_000) }
}
