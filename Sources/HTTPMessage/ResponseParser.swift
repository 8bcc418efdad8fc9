// Owns a client's reading of responses: the same shape and the same code below as for requests, with the tolerance that
// RFC 9112 allows a client (LF alone, folded lines, equal lengths twice). Never traps on input.

/// Reads the responses of one connection, one after the other. Interim responses are passed over.
package struct ResponseParser: ~Copyable, Sendable {
    enum Phase: Sendable {
        case idle
        case head
        case length(remaining: Int)
        case chunks
        case untilClose
        case complete
        case failed(MessageError)
    }

    /// The bounds of each response.
    package let limits: MessageLimits
    /// Whether the next response answers a HEAD request and so has no body; set it before the response is fed.
    package var answersHead = false
    /// The head of the response being read; valid from `head` until the first octet after `end`.
    package internal(set) var head = ResponseHead(.ok)
    var phase = Phase.idle
    var cursor = LineCursor()
    var hasStatusLine = false
    var interimResponses = 0
    private var chunks = ChunkDecoder(from: .server)

    /// A parser that refuses what is beyond its limits.
    package init(limits: MessageLimits = .response) { self.limits = limits }

    /// Whether no octet of a next response has come.
    package var isIdle: Bool {
        if case .idle = phase { true } else { false }
    }

    /// Forgets all of a connection and keeps the memory for the next.
    package mutating func reset() {
        phase = .idle
        answersHead = false
        interimResponses = 0
        head.fields.removeAll()
    }

    /// Uses input from an offset on, and moves the offset past what was used.
    ///
    /// - Returns: what to do before calling again; after `needsMore` the offset is the input's end.
    package mutating func next(_ input: Span<UInt8>, from offset: inout Int) -> ParseAction {
        do throws(MessageError) {
            return try advance(input, &offset)
        } catch {
            phase = .failed(error)
            return .failed(error)
        }
    }

    /// The connection was closed by the server.
    ///
    /// - Returns: `end` if that is how the response ends, else `failed`.
    package mutating func finish() -> ParseAction {
        switch phase {
        case .untilClose, .complete:
            phase = .idle
            return .end
        case .failed(let error):
            return .failed(error)
        default:
            let error = MessageError(.badGateway, "The connection closed before the response was complete.")
            phase = .failed(error)
            return .failed(error)
        }
    }

    private mutating func advance(_ input: Span<UInt8>, _ offset: inout Int) throws(MessageError) -> ParseAction {
        switch phase {
        case .idle:
            guard offset < input.count else { return .needsMore }
            interimResponses = 0
            beginHead()
            return try readHead(input, &offset)
        case .head:
            return try readHead(input, &offset)
        case .length(let remaining):
            let count = min(remaining, input.count - offset)
            guard count > 0 else { return .needsMore }
            phase = count == remaining ? .complete : .length(remaining: remaining - count)
            offset += count
            return .body((offset - count)..<offset)
        case .untilClose:
            guard offset < input.count else { return .needsMore }
            let piece = offset..<input.count
            offset = input.count
            return .body(piece)
        case .chunks:
            switch try chunks.next(input, from: &offset, limits: limits) {
            case .needsMore: return .needsMore
            case .data(let piece): return .body(piece)
            case .end:
                phase = .idle
                return .end
            }
        case .complete:
            phase = .idle
            return .end
        case .failed(let error):
            return .failed(error)
        }
    }

    mutating func beginHead() {
        head.fields.removeAll()
        cursor = LineCursor()
        hasStatusLine = false
        phase = .head
    }

    mutating func beginBody() {
        switch head.bodyFraming {
        case .length(let length) where length > 0: phase = .length(remaining: length)
        case .chunked:
            chunks.reset(mostBytes: limits.bodyBytes)
            phase = .chunks
        case .untilClose: phase = .untilClose
        default: phase = .complete
        }
    }
}
