// Owns what a board's streams were handed. It must take bytes only as the test's script says.

import Hub
import SeededRandomness
import TimerWheel

/// Takes the bytes of streams as scripted sockets would, and notes each call.
struct RecordingOutput: StreamOutput {
    /// How a socket behaves.
    enum Mood {
        /// It takes everything.
        case open
        /// It takes as many bytes as it has room for.
        case room(Int)
        /// It takes a random part of what it is offered.
        case trickle
        /// Its connection is broken.
        case broken
    }

    /// What is known of one stream's connection.
    struct Socket {
        var mood = Mood.open
        var bytes: [UInt8] = []
        /// How many bytes each call took.
        var writes: [Int] = []
        /// How many bytes it had after each call that took some, and when.
        var counts: [(at: Milliseconds, bytes: Int)] = []
        /// How many pieces each call offered.
        var pieces: [Int] = []
        var finishes = 0
        var resets: [StreamEnd] = []
        /// Whether it took less than it was offered, so that it has to tell when there is room.
        var isFull = false
        /// When it last took a byte.
        var moved: Milliseconds = 0
        /// Since when something waits for it.
        var fullSince: Milliseconds = 0

        /// When it was last offered something.
        var tried: Milliseconds = 0
        /// When it was finished or reset.
        var endedAt: Milliseconds = 0

        var isOver: Bool { finishes > 0 || !resets.isEmpty }
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    var sockets: [Sink: Socket] = [:]
    var now: Milliseconds = 0
    /// What the board did that it must never do.
    var faults: [String] = []
    private var random: SeededGenerator

    init(seed: UInt64 = 1) { random = SeededGenerator(seed: seed) }

    subscript(sink: Sink) -> Socket {
        get { sockets[sink, default: Socket()] }
        _modify { yield &sockets[sink, default: Socket()] }
    }

    mutating func write(_ pieces: UnsafeBufferPointer<Piece>, total: Int, to sink: Sink) -> Int {
        if self[sink].isOver { faults.append("a write after the end of \(sink)") }
        if total == 0 { faults.append("a write of nothing for \(sink)") }
        if pieces.reduce(0, { $0 + $1.count }) != total || pieces.contains(where: { $0.count <= 0 }) {
            faults.append("pieces that are not \(total) bytes for \(sink)")
        }
        let taken = take(total, for: sink)
        // In place: a copy of all its bytes for each call would be dear.
        sockets[sink, default: Socket()].tried = now
        sockets[sink, default: Socket()].writes.append(taken)
        sockets[sink, default: Socket()].pieces.append(pieces.count)
        if taken < 0 { return -1 }
        var left = taken
        for piece in pieces where left > 0 {
            let bytes = UnsafeRawBufferPointer(start: piece.start, count: min(left, piece.count))
            sockets[sink, default: Socket()].bytes.append(contentsOf: bytes)
            left -= bytes.count
        }
        if taken > 0 {
            sockets[sink, default: Socket()].moved = now
            sockets[sink, default: Socket()].counts.append((now, self[sink].bytes.count))
        }
        if taken < total, !self[sink].isFull { sockets[sink, default: Socket()].fullSince = now }
        sockets[sink, default: Socket()].isFull = taken < total
        return taken
    }

    private mutating func take(_ total: Int, for sink: Sink) -> Int {
        switch self[sink].mood {
        case .open: return total
        case .room(let room):
            sockets[sink, default: Socket()].mood = .room(room - min(room, total))
            return min(room, total)
        case .trickle: return Int.random(in: 0...total, using: &random)
        case .broken: return -1
        }
    }

    mutating func finish(_ sink: Sink) {
        if self[sink].isOver { faults.append("a second end of \(sink)") }
        self[sink].finishes += 1
        self[sink].endedAt = now
    }

    mutating func reset(_ sink: Sink, because reason: StreamEnd) {
        if self[sink].isOver { faults.append("a second end of \(sink)") }
        self[sink].resets.append(reason)
        self[sink].endedAt = now
    }
}
