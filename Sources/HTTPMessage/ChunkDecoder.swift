// Owns the chunked coding as it is received (RFC 9112 section 7.1). Holds no data, only a line of trailers at a time;
// trailers are checked like fields and dropped. Must never guess: whatever is not the grammar to the letter is refused,
// since two readers who repair it differently see different requests.

/// A chunked body's state between two octets.
struct ChunkDecoder: Sendable {
    enum State: Sendable {
        case size
        case sizeLineFeed
        case extensionNameStart, extensionName, extensionValueStart, extensionValue
        case quoted, quotedPair, quotedEnd
        case data
        case dataReturn, dataLineFeed
        case trailers
    }

    enum Step {
        case needsMore
        case data(Range<Int>)
        case end
    }

    let sender: Sender
    var state = State.size
    var size = 0
    var digits = 0
    var extensionBytes = 0
    /// How many bytes of data there may be.
    var mostBytes = 0
    private var bodyBytes = 0
    private var trailers: [UInt8] = []
    private var trailerLine = LineCursor()
    private var trailerCount = 0

    init(from sender: Sender) { self.sender = sender }

    /// Begins a new body, of so many bytes at most, and keeps the memory.
    mutating func reset(mostBytes: Int) {
        self.mostBytes = mostBytes
        state = .size
        size = 0
        digits = 0
        extensionBytes = 0
        bodyBytes = 0
        trailers.removeAll(keepingCapacity: true)
        trailerLine = LineCursor()
        trailerCount = 0
    }

    /// Uses input up to the next piece of data, or to its end.
    mutating func next(
        _ input: Span<UInt8>, from offset: inout Int, limits: MessageLimits
    ) throws(MessageError) -> Step {
        while offset < input.count {
            switch state {
            case .data:
                let count = min(size, input.count - offset)
                let piece = offset..<(offset + count)
                offset += count
                size -= count
                if size == 0 { state = .dataReturn }
                return .data(piece)
            case .trailers:
                if try readTrailers(input, &offset, limits) { return .end }
            default:
                let octet = input[offset]
                offset += 1
                try read(octet, limits)
            }
        }
        return .needsMore
    }

    /// The size line is complete: the data or, after size zero, the trailers follow.
    mutating func endSizeLine(_ limits: MessageLimits) throws(MessageError) {
        guard size > 0 else {
            state = .trailers
            return
        }
        guard size <= mostBytes - bodyBytes else {
            throw sender == .client
                ? MessageError(.contentTooLarge, "The body is larger than this server accepts; send less.")
                : MessageError(.badGateway, "The body is larger than this client accepts.")
        }
        bodyBytes += size
        state = .data
    }

    private mutating func readTrailers(
        _ input: Span<UInt8>, _ offset: inout Int, _ limits: MessageLimits
    ) throws(MessageError) -> Bool {
        guard trailers.count < limits.trailerBytes else {
            throw MessageError(
                sender == .client ? .headTooLarge : .badGateway, "The trailers are too large; send fewer or none.")
        }
        trailers.take(input, from: &offset, limit: limits.trailerBytes)
        while let line = trailerLine.nextLine(in: trailers) {
            let content = try FieldLine.content(line, in: trailers, from: sender)
            if content.isEmpty {
                offset -= trailers.count - line.upperBound
                return true
            }
            _ = try FieldLine.parse(content, in: trailers, from: sender)
            trailerCount += 1
            guard trailerCount <= limits.fieldCount else {
                throw MessageError(
                    sender == .client ? .headTooLarge : .badGateway, "There are too many trailers; send fewer or none.")
            }
        }
        return false
    }
}
