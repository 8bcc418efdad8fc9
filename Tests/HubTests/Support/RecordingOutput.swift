// Owns what a board's streams were handed. It must take bytes only as the test's script says.

import Hub
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
        set { sockets[sink] = newValue }
    }

    mutating func write(_ pieces: UnsafeBufferPointer<Piece>, total: Int, to sink: Sink) -> Int {
        var socket = self[sink]
        defer { self[sink] = socket }
        var offered: [UInt8] = []
        for piece in pieces {
            if piece.count <= 0 { faults.append("an empty piece for \(sink)") }
            offered.append(contentsOf: UnsafeRawBufferPointer(start: piece.start, count: piece.count))
        }
        if offered.count != total { faults.append("\(offered.count) bytes where \(total) were named, for \(sink)") }
        if total == 0 { faults.append("a write of nothing for \(sink)") }
        if socket.isOver { faults.append("a write after the end of \(sink)") }
        let taken: Int
        switch socket.mood {
        case .open: taken = total
        case .room(let room):
            taken = min(room, total)
            socket.mood = .room(room - taken)
        case .trickle: taken = Int.random(in: 0...total, using: &random)
        case .broken: taken = -1
        }
        socket.writes.append(taken)
        socket.pieces.append(pieces.count)
        if taken < 0 { return -1 }
        socket.bytes += offered[..<taken]
        if taken > 0 { socket.moved = now }
        if taken < total, !socket.isFull { socket.fullSince = now }
        socket.isFull = taken < total
        return taken
    }

    mutating func finish(_ sink: Sink) {
        if self[sink].isOver { faults.append("a second end of \(sink)") }
        self[sink].finishes += 1
    }

    mutating func reset(_ sink: Sink, because reason: StreamEnd) {
        if self[sink].isOver { faults.append("a second end of \(sink)") }
        self[sink].resets.append(reason)
    }
}
