// Owns the reading of what Linux tells under /proc (man 5 proc). Pure: texts in, figures out; whatever is not as expected
// gives nil, never a trap.

/// Readers of the files under /proc.
enum ProcessText {
    /// A socket that takes connections in.
    struct Listener: Equatable, Sendable {
        /// 4 or 16 bytes, in the order of the network.
        var address: [UInt8]
        var port: UInt16
        var inode: UInt64

        /// Whether it takes in what is sent to an address of this machine.
        ///
        /// - Parameter isLoopback: whether that address is one that only this machine has.
        func takes(_ other: [UInt8], isLoopback: Bool) -> Bool {
            // An address of zeros is any of the machine's. Whether one that is not loopback's is among those cannot be told
            // from here, and a figure of the wrong process is worse than none.
            if address == other { return true }
            return isLoopback && address.allSatisfy { $0 == 0 } && address.count >= other.count
        }
    }

    /// The listening sockets of `/proc/net/tcp` or `tcp6`.
    static func listeners(_ text: String) -> [Listener] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: " ")
            // Number, local address, remote address, state (0A listens), …, inode.
            guard columns.count > 9, columns[3] == "0A", let inode = UInt64(columns[9]) else { return nil }
            let place = columns[1].split(separator: ":")
            guard place.count == 2, let port = UInt16(place[1], radix: 16), let address = bytes(place[0]) else {
                return nil
            }
            return Listener(address: address, port: port, inode: inode)
        }
    }

    /// An address as the kernel prints it: words of 32 bits, each as this machine reads it from memory.
    private static func bytes(_ text: Substring) -> [UInt8]? {
        guard text.utf8.count == 8 || text.utf8.count == 32 else { return nil }
        var bytes: [UInt8] = []
        var rest = text
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            withUnsafeBytes(of: word) { bytes += $0 }
            rest = rest.dropFirst(8)
        }
        return bytes
    }

    /// The inode in the target of a link of `/proc/PID/fd`; nil if it is no socket.
    static func socketInode(_ link: String) -> UInt64? {
        guard link.hasPrefix("socket:["), link.hasSuffix("]") else { return nil }
        return UInt64(link.dropFirst("socket:[".count).dropLast())
    }

    /// Processor time in nanoseconds, of `/proc/PID/task/TID/schedstat`.
    static func schedulerNanoseconds(_ text: String) -> UInt64? {
        text.split(whereSeparator: \.isWhitespace).first.flatMap { UInt64($0) }
    }

    /// Processor time in clock ticks, user's and system's together, of `/proc/PID/stat` or `/proc/PID/task/TID/stat`.
    static func statTicks(_ text: String) -> UInt64? {
        // The name stands in parentheses, and may hold any character.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let columns = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
        guard columns.count > 12, let user = UInt64(columns[11]), let system = UInt64(columns[12]) else { return nil }
        return user &+ system
    }

    /// The proportional set size in bytes, of `/proc/PID/smaps_rollup`.
    static func proportionalSetSize(_ text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            let columns = line.split(separator: " ")
            guard columns.count == 3, columns[2] == "kB", let size = Int(columns[1]) else { return nil }
            let (bytes, overflow) = size.multipliedReportingOverflow(by: 1024)
            return overflow ? nil : bytes
        }
        return nil
    }

    /// Clock ticks that all processors were busy, and all that there were, of `/proc/stat`.
    static func machineTicks(_ text: String) -> (busy: UInt64, all: UInt64)? {
        guard let line = text.split(separator: "\n").first else { return nil }
        let columns = line.split(separator: " ")
        // User, nice, system, idle, waiting for a disk, interrupts of two kinds, taken by other machines; guests are in user.
        let ticks = columns.dropFirst().prefix(8).compactMap { UInt64($0) }
        guard columns.first == "cpu", ticks.count >= 4 else { return nil }
        let all = ticks.reduce(0, &+)
        let idle = ticks[3] &+ (ticks.count > 4 ? ticks[4] : 0)
        return (all &- idle, all)
    }
}
