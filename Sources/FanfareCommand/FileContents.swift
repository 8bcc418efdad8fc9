#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Files that are read whole, with a bound.
enum FileContents {
    /// The bytes of a file of at most 1 MiB.
    static func read(_ path: String) throws(CommandError) -> [UInt8] { try read(path, upTo: 1 << 20) }

    /// The bytes of a file of at most so many.
    static func read(_ path: String, upTo limit: Int) throws(CommandError) -> [UInt8] {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw CommandError(.failed, "\(path) cannot be read: \(SystemError(code: errno))") }
        defer { close(fd) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        do throws(SystemError) {
            while contents.count <= limit {
                let count = try Descriptor(fd: fd).read(into: &buffer)
                if count == 0 { return contents }
                contents += buffer[..<count]
            }
        } catch {
            throw CommandError(.failed, "\(path) cannot be read: \(error)")
        }
        throw CommandError(.failed, "\(path) is over \(ByteCount.text(limit)): is it the right file?")
    }
}
