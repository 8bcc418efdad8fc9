// Owns the memory that sessions of one thread put their output into. A session has some only while it has bytes to send:
// tens of thousands of sessions that wait hold none.

/// Memory that is handed from one session to the next. It belongs to one thread.
package final class OutputMemory {
    private var spare: [[UInt8]] = []

    /// So much is kept at most: as many connections as may be written to in one round without any new memory, and no
    /// piece that an unusually large answer made.
    private static var mostSpare: Int { 64 }
    private static var mostBytes: Int { 128 << 10 }

    /// Memory that nobody has used yet is not asked for before it is needed.
    package init() {}

    /// An empty array, with room if there is some to spare.
    func take() -> [UInt8] { spare.popLast() ?? [] }

    /// Takes back an array that has been sent, and leaves one without memory.
    func giveBack(_ bytes: inout [UInt8]) {
        var used: [UInt8] = []
        swap(&used, &bytes)
        guard spare.count < Self.mostSpare, (1...Self.mostBytes).contains(used.capacity) else { return }
        used.removeAll(keepingCapacity: true)
        spare.append(used)
    }
}
