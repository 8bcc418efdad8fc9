// Owns the look into the hub's process, from outside, under Linux's /proc. Every figure may be missing: another user's
// process, another system, a process that ended.

internal import Network

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A process whose use of processor and memory is read.
struct ServerProcess: Sendable {
    let pid: Int

    /// The process that listens at an address; nil if there is none that can be seen, or if there are several.
    static func listening(at address: SocketAddress) -> ServerProcess? {
        let inodes = Set(
            ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { ProcessText.listeners(text($0) ?? "") }
                .filter { $0.port == address.port && $0.takes(address.bytes, isLoopback: address.isLoopback) }
                .map(\.inode))
        guard !inodes.isEmpty else { return nil }
        let owners = names(in: "/proc").compactMap { Int($0) }.filter { pid in
            let directory = "/proc/\(pid)/fd"
            return names(in: directory).contains { name in
                link("\(directory)/\(name)").flatMap(ProcessText.socketInode).map(inodes.contains) ?? false
            }
        }
        return owners.count == 1 ? ServerProcess(pid: owners[0]) : nil
    }

    /// Nanoseconds of processor time that each thread has used so far.
    var threadTimes: [Int: UInt64]? {
        let tasks = "/proc/\(pid)/task"
        var times: [Int: UInt64] = [:]
        for thread in Self.names(in: tasks).compactMap({ Int($0) }) {
            // The scheduler counts nanoseconds; where it does not say so, ticks are all there is.
            let time =
                Self.text("\(tasks)/\(thread)/schedstat").flatMap(ProcessText.schedulerNanoseconds)
                ?? Self.text("\(tasks)/\(thread)/stat").flatMap(ProcessText.statTicks).map(Self.nanoseconds)
            if let time { times[thread] = time }
        }
        return times.isEmpty ? nil : times
    }

    /// Bytes of memory, with what is shared counted by shares.
    var memory: Int? { Self.text("/proc/\(pid)/smaps_rollup").flatMap(ProcessText.proportionalSetSize) }

    /// Clock ticks of all processors of this machine.
    static var machineTicks: (busy: UInt64, all: UInt64)? { text("/proc/stat").flatMap(ProcessText.machineTicks) }

    private static func nanoseconds(_ ticks: UInt64) -> UInt64 {
        ticks &* (1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }

    // MARK: - Files

    /// A line a connection: 20,000 of them are 3 MB.
    private static var limit: Int { 32 << 20 }

    private static func text(_ path: String) -> String? {
        do throws(CommandError) {
            return String(decoding: try FileContents.read(path, upTo: limit), as: UTF8.self)
        } catch {
            return nil
        }
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // Read in place: a copy of the whole field would reach beyond the entry.
            let name = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
            names.append(String(cString: name.assumingMemoryBound(to: CChar.self)))
        }
        return names
    }

    private static func link(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &target, target.count)
        return count > 0 ? String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
