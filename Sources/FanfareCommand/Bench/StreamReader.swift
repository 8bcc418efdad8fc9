internal import HTTPMessage

/// Reads the response that is a stream: its head with care, its events at the least cost.
struct StreamReader: ~Copyable {
    enum Outcome: Equatable {
        case goesOn
        case ended
        /// It is no HTTP, for the reason that is told.
        case broken(String)
        /// It is another response, which says why.
        case refused(String)
    }

    private(set) var events: EventCounter
    private(set) var isOpen = false
    private var parser = ResponseParser()
    /// The body of another response.
    private var refusal: [UInt8] = []
    /// The coding of the stream, if it has one.
    private var chunks: StreamChunks?

    init(_ events: EventCounter) { self.events = events }

    /// Reads bytes, cut anywhere.
    mutating func read(_ bytes: Span<UInt8>, at now: UInt64, into deliveries: inout Deliveries) -> Outcome {
        var offset = 0
        if !isOpen {
            if let outcome = readHead(bytes, &offset) { return outcome }
        }
        guard chunks != nil else {
            events.read(bytes.extracting(offset..<bytes.count), at: now, into: &deliveries)
            return .goesOn
        }
        while true {
            switch chunks!.next(bytes, from: &offset) {
            case .needsMore: return .goesOn
            case .data(let range): events.read(bytes.extracting(range), at: now, into: &deliveries)
            case .end: return .ended
            case .broken: return .broken("its chunks are not as RFC 9112 has them")
            }
        }
    }

    /// Reads the head, or all of a response that is no stream; nil once the stream is open.
    private mutating func readHead(_ bytes: Span<UInt8>, _ offset: inout Int) -> Outcome? {
        while true {
            switch parser.next(bytes, from: &offset) {
            case .needsMore: return .goesOn
            case .head:
                guard parser.head.status == .ok else { continue }
                isOpen = true
                if parser.head.bodyFraming == .chunked { chunks = StreamChunks() }
                return nil
            case .body(let range):
                guard refusal.count + range.count <= Problem.limit else { continue }
                for index in range { refusal.append(bytes[index]) }
            case .end: return .refused(Problem.message(status: parser.head.status.code, body: refusal))
            case .failed(let error): return .broken(error.detail)
            }
        }
    }
}
