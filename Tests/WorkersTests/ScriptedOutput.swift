// Owns a socket that takes what the test says, and keeps every byte.

import Hub

@testable import Workers

/// What carries responses in tests.
struct ScriptedOutput: OutflowOutput {
    /// How many bytes the socket takes in one write; fewer than none: it is broken.
    var room = Int.max
    var bytes: [UInt8] = []
    var largestWrite = 0
    var finishes: [Bool] = []
    var resets: [StreamEnd] = []
    let failures = Failures()

    /// The errors that were told.
    final class Failures: @unchecked Sendable {
        // SAFETY: used by the test's own task only.
        var list: [String] = []
    }

    mutating func write(_ pieces: UnsafeBufferPointer<Piece>, total: Int, to sink: Sink) -> Int {
        if room < 0 { return -1 }
        let all = pieces.reduce(into: [UInt8]()) { $0 += UnsafeRawBufferPointer(start: $1.start, count: $1.count) }
        precondition(all.count == total, "the pieces are not what the total says")
        largestWrite = max(largestWrite, total)
        bytes += all.prefix(room)
        return min(room, total)
    }

    mutating func finish(_ sink: Sink) { finish(sink, keepsConnection: false) }
    mutating func finish(_ sink: Sink, keepsConnection: Bool) { finishes.append(keepsConnection) }
    mutating func reset(_ sink: Sink, because reason: StreamEnd) { resets.append(reason) }
    func failed(_ sink: Sink, path: String, because error: any Error) { failures.list.append("\(error)") }
}
