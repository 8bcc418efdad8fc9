// Owns the answers of a session that are not sent in full, and the streams that are to end once they are. It must hold no
// byte that is sent already for long: the other side decides when the last one goes.

/// What a session has yet to send on streams that take no more.
struct PendingAnswers {
    private struct Body {
        var bytes: [UInt8]
        var sent = 0
        /// Whether some of it was sent since `stalled` was last asked.
        var hasMoved = true
    }

    private var bodies: [Int32: Body] = [:]
    /// Event streams that have nothing left but their end, and whether `stalled` has seen them.
    private var ends: [Int32: Bool] = [:]
    /// Bytes that are held.
    private(set) var held = 0

    var isEmpty: Bool { bodies.isEmpty && ends.isEmpty }

    mutating func add(_ bytes: [UInt8], of stream: Int32) {
        bodies[stream] = Body(bytes: bytes)
        held += bytes.count
    }

    /// An event stream ends after what it was given.
    mutating func end(_ stream: Int32) { ends[stream] = false }

    func isEnding(_ stream: Int32) -> Bool { ends[stream] != nil }

    /// How many bytes a stream has left; `nil` if it has no answer here.
    func left(of stream: Int32) -> Int? { bodies[stream].map { $0.bytes.count - $0.sent } }

    /// Moves the next bytes of a stream, which must be there, to the end of an array.
    mutating func move(_ count: Int, of stream: Int32, to output: inout [UInt8]) {
        guard var body = bodies.removeValue(forKey: stream) else { return }
        output.append(contentsOf: body.bytes[body.sent..<body.sent + count])
        body.sent += count
        body.hasMoved = true
        if body.sent == body.bytes.count {
            held -= body.bytes.count
            return
        }
        if body.sent >= 4 << 10, body.sent * 2 >= body.bytes.count {
            held -= body.sent
            body.bytes = Array(body.bytes[body.sent...])
            body.sent = 0
        }
        bodies[stream] = body
    }

    /// A stream is over.
    mutating func forget(_ stream: Int32) {
        if let body = bodies.removeValue(forKey: stream) { held -= body.bytes.count }
        ends[stream] = nil
    }

    /// The streams on which nothing has moved since this was last asked.
    mutating func stalled() -> [Int32] {
        var list: [Int32] = []
        for (stream, body) in bodies {
            if body.hasMoved { bodies[stream]?.hasMoved = false } else { list.append(stream) }
        }
        for (stream, isKnown) in ends {
            if isKnown { list.append(stream) } else { ends[stream] = true }
        }
        return list
    }
}
