// Owns one connection's reading of requests: bytes in, actions out, no I/O. Strict by purpose (RFC 9112 section 11.2): a
// request that two readers could understand differently is refused. Must never trap on input, hold more than its limits,
// or depend on how the input was cut into reads.

import ByteSearch

/// Reads the requests of one connection, one after the other; made once, reused for many connections.
///
/// Feed each read's bytes until `needsMore`. Memory is kept from request to request.
package struct RequestParser: ~Copyable, Sendable {
    enum Phase: Sendable {
        /// Between requests; the flag tells that the CR of an empty line was read.
        case idle(afterReturn: Bool)
        case head
        case length(remaining: Int)
        case chunks
        case complete
        case failed(MessageError)
    }

    /// The bounds of each request; to be changed between requests only.
    package var limits: MessageLimits {
        didSet {
            remembered.removeAll()
            isHeadWhole = false
        }
    }
    /// The head of the request being read; valid from `head` until the first octet after `end`.
    package internal(set) var head = RequestHead()
    var phase = Phase.idle(afterReturn: false)
    var cursor = LineCursor()
    var framing = FramingFields()
    var hasRequestLine = false
    /// The head before this one, if it was sound. Programs send the same head over and over: octets that are the same mean
    /// the same, and need no second reading.
    private var remembered = RequestHead()
    private var isHeadWhole = false
    private var emptyLines = 0
    private var chunks = ChunkDecoder(from: .client)

    /// A parser that refuses what is beyond its limits.
    package init(limits: MessageLimits = MessageLimits()) {
        self.limits = limits
        head.fields.bytes.reserveCapacity(min(limits.headBytes, 1024))
        head.fields.places.reserveCapacity(16)
    }

    /// Whether no octet of a next request has come: such a connection may be closed without an answer.
    package var isIdle: Bool {
        if case .idle = phase { true } else { false }
    }

    /// Forgets all of a connection and keeps the memory for the next.
    package mutating func reset() {
        phase = .idle(afterReturn: false)
        emptyLines = 0
        if isHeadWhole {
            swap(&head, &remembered)
            isHeadWhole = false
        }
        head.removeAll()
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

    private mutating func advance(_ input: Span<UInt8>, _ offset: inout Int) throws(MessageError) -> ParseAction {
        switch phase {
        case .idle(let afterReturn):
            if !afterReturn, isRemembered(input, offset) {
                swap(&head, &remembered)
                offset += head.fields.bytes.count
                beginBody()
                return .head
            }
            guard try skipEmptyLines(input, &offset, afterReturn) else { return .needsMore }
            beginHead()
            return try readHead(input, &offset)
        case .head:
            return try readHead(input, &offset)
        case .length(let remaining):
            let count = min(remaining, input.count - offset)
            guard count > 0 else { return .needsMore }
            let piece = offset..<(offset + count)
            offset += count
            phase = count == remaining ? .complete : .length(remaining: remaining - count)
            return .body(piece)
        case .chunks:
            switch try chunks.next(input, from: &offset, limits: limits) {
            case .needsMore: return .needsMore
            case .data(let piece): return .body(piece)
            case .end:
                phase = .idle(afterReturn: false)
                return .end
            }
        case .complete:
            phase = .idle(afterReturn: false)
            return .end
        case .failed(let error):
            return .failed(error)
        }
    }

    /// Passes over empty lines before a request line, which old clients send after a body (RFC 9112 section 2.2).
    ///
    /// - Returns: whether a request line begins at the offset.
    private mutating func skipEmptyLines(
        _ input: Span<UInt8>, _ offset: inout Int, _ afterReturn: Bool
    ) throws(MessageError) -> Bool {
        var afterReturn = afterReturn
        while offset < input.count {
            let octet = input[offset]
            if afterReturn {
                guard octet == ASCII.lineFeed else {
                    throw MessageError(.badRequest, "There is a bare CR before the request line.")
                }
                emptyLines += 1
                guard emptyLines <= limits.emptyLines else {
                    throw MessageError(.badRequest, "There are too many empty lines before the request line.")
                }
                afterReturn = false
            } else if octet == ASCII.carriageReturn {
                afterReturn = true
            } else if ASCII.isToken(octet) {
                return true
            } else {
                // Most often a TLS handshake on a plain port: said at once, for no line end may ever come.
                throw MessageError(.badRequest, "This is no HTTP/1.1 request: it does not begin with a method.")
            }
            offset += 1
        }
        phase = .idle(afterReturn: afterReturn)
        return false
    }

    /// Whether the very head that is remembered comes next.
    private func isRemembered(_ input: Span<UInt8>, _ offset: Int) -> Bool {
        let bytes = remembered.fields.bytes
        return !bytes.isEmpty && input.holds(bytes.span, at: offset)
    }

    private mutating func beginHead() {
        isHeadWhole = false
        if !head.fields.bytes.isEmpty { head.removeAll() }
        framing = FramingFields()
        cursor = LineCursor()
        hasRequestLine = false
        emptyLines = 0
        phase = .head
    }

    /// Lets the body of the request, whose head was just read, be of any size: somebody else counts.
    package mutating func takeBodyOfAnySize() { chunks.mostBytes = .max }

    /// Goes from the head to what follows it.
    mutating func beginBody() {
        isHeadWhole = true
        emptyLines = 0
        switch head.bodyFraming {
        case .length(let length) where length > 0:
            phase = .length(remaining: length)
        case .chunked:
            chunks.reset(mostBytes: limits.bodyBytes)
            phase = .chunks
        default:
            phase = .complete
        }
    }
}
