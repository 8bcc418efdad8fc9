// What must hold of HTTP messages for any bytes, and the feeding of parsers in reads of any size, as a connection would.
// The fuzzer and the tests share it, so it returns the fault that it found instead of stopping.

#if !FUZZING
    import HTTPMessage
#endif

/// All that one connection's bytes meant to a parser, whatever the reads they came in.
struct Reading: Equatable {
    struct Message: Equatable {
        var start: String
        var path = ""
        var query: String?
        var host = ""
        var fields: [String]
        var framing: BodyFraming
        var keepAlive: Bool
        var expectsContinue = false
        var body: [UInt8] = []
        var isComplete = false
    }

    var messages: [Message] = []
    var failure: MessageError?
    var isIdle = true
    /// The parser did what its contract forbids; nil if not.
    var breach: String?

    /// Takes an action into account.
    ///
    /// - Returns: whether to go on with this read.
    mutating func take(_ action: ParseAction, _ input: Span<UInt8>, offset: Int, message: () -> Message) -> Bool {
        switch action {
        case .needsMore:
            if offset != input.count { breach = "needsMore with input left" }
            return false
        case .head:
            messages.append(message())
        case .body(let piece):
            if piece.isEmpty || piece.upperBound > input.count || messages.isEmpty {
                breach = "a body piece that is none"
                return false
            }
            for index in piece { messages[messages.count - 1].body.append(input[index]) }
        case .end:
            if messages.isEmpty {
                breach = "an end without a head"
                return false
            }
            messages[messages.count - 1].isComplete = true
        case .failed(let error):
            failure = error
            return false
        }
        return true
    }
}

extension Reading.Message {
    init(_ head: RequestHead) {
        start = "\(head.method.name) \(head.target) \(head.version)"
        path = head.path
        query = head.rawQuery
        host = head.host
        fields = head.fields.map { "\($0.name): \($0.value)" }
        framing = head.bodyFraming
        keepAlive = head.keepAlive
        expectsContinue = head.expectsContinue
    }

    init(_ head: ResponseHead) {
        start = "\(head.status.code) \(head.version)"
        fields = head.fields.map { "\($0.name): \($0.value)" }
        framing = head.bodyFraming
        keepAlive = head.keepAlive
    }
}

/// Cuts bytes into reads of the sizes that a function gives, one or more.
func cut(_ bytes: [UInt8], _ size: () -> Int) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + max(1, size()))
        pieces.append(bytes[start..<end])
        start = end
    }
    return pieces
}

/// Reads requests from pieces with a parser, which is reset first.
func readRequests(_ pieces: [ArraySlice<UInt8>], _ parser: inout RequestParser) -> Reading {
    parser.reset()
    var reading = Reading()
    for piece in pieces {
        let input = Array(piece)
        var offset = 0
        while true {
            let action = parser.next(input.span, from: &offset)
            guard reading.take(action, input.span, offset: offset, message: { Reading.Message(parser.head) }) else {
                break
            }
        }
        if reading.failure != nil || reading.breach != nil { break }
    }
    reading.isIdle = parser.isIdle
    return reading
}

/// Reads responses from pieces until the connection closes.
func readResponses(_ pieces: [ArraySlice<UInt8>], answersHead: Bool, _ parser: inout ResponseParser) -> Reading {
    parser.reset()
    parser.answersHead = answersHead
    var reading = Reading()
    for piece in pieces {
        let input = Array(piece)
        var offset = 0
        while true {
            let action = parser.next(input.span, from: &offset)
            guard reading.take(action, input.span, offset: offset, message: { Reading.Message(parser.head) }) else {
                break
            }
        }
        if reading.failure != nil || reading.breach != nil { return reading }
    }
    reading.isIdle = parser.isIdle
    if !parser.isIdle {
        let empty: [UInt8] = []
        _ = reading.take(parser.finish(), empty.span, offset: 0) { Reading.Message(parser.head) }
    }
    return reading
}

/// Reads the same bytes as requests, responses, queries and field values, and checks what must hold for all of them.
struct HTTPMessageCheck: ~Copyable {
    private var requests: RequestParser
    private var responses = ResponseParser(limits: Self.limits)

    /// Small, so that small inputs reach every limit.
    static var limits: MessageLimits {
        var limits = MessageLimits()
        limits.headBytes = 400
        limits.targetBytes = 100
        limits.fieldCount = 6
        limits.bodyBytes = 300
        limits.trailerBytes = 60
        limits.chunkExtensionBytes = 20
        return limits
    }

    init() { requests = RequestParser(limits: Self.limits) }

    /// - Returns: what does not hold, or nil.
    mutating func fault(_ bytes: [UInt8]) -> String? {
        requestBreach(bytes) ?? responseBreach(bytes, answersHead: false) ?? responseBreach(bytes, answersHead: true)
            ?? queryBreach(bytes) ?? fieldValueBreach(String(decoding: bytes, as: UTF8.self))
    }

    private mutating func requestBreach(_ bytes: [UInt8]) -> String? {
        let whole = readRequests([bytes[...]], &requests)
        if let breach = whole.breach { return breach }
        for pieces in Self.cuts(bytes) where readRequests(pieces, &requests) != whole {
            return "requests in reads of \(pieces.map(\.count)) differ"
        }
        for message in whole.messages {
            if message.body.count > Self.limits.bodyBytes { return "a body beyond its limit" }
            if case .length(let length) = message.framing, message.isComplete, message.body.count != length {
                return "a body of another length than its head says"
            }
            if message.fields.count > Self.limits.fieldCount { return "more fields than the limit" }
        }
        if let failure = whole.failure, !(400...505).contains(failure.status.code) || failure.detail.isEmpty {
            return "a failure without a status and a reason"
        }
        return nil
    }

    private mutating func responseBreach(_ bytes: [UInt8], answersHead: Bool) -> String? {
        let whole = readResponses([bytes[...]], answersHead: answersHead, &responses)
        if let breach = whole.breach { return breach }
        for pieces in Self.cuts(bytes)
        where readResponses(pieces, answersHead: answersHead, &responses) != whole {
            return "responses in reads of \(pieces.map(\.count)) differ"
        }
        return nil
    }

    private func queryBreach(_ bytes: [UInt8]) -> String? {
        let query = Query(bytes, limit: 20)
        if let pairs = try? query.pairs() {
            if pairs.count > 20 { return "more parameters than the limit" }
            for pair in pairs {
                guard let values = try? query.all(pair.name), values.contains(pair.value) else {
                    return "a parameter is not found by its name"
                }
                let again = "\(PercentEncoding.encode(pair.name))=\(PercentEncoding.encode(pair.value))"
                guard (try? Query([UInt8](again.utf8)).first(pair.name)) == pair.value else {
                    return "a parameter does not survive encoding"
                }
            }
        }
        if let text = try? PercentEncoding.decode(segment: bytes[...]) {
            guard (try? PercentEncoding.decode(segment: PercentEncoding.encode(text))) == text else {
                return "a segment does not survive encoding"
            }
        }
        return nil
    }

    private func fieldValueBreach(_ text: String) -> String? {
        let accept = Accept([text])
        if accept.names("text/event-stream"), !accept.accepts("text/event-stream") {
            return "a type is named and not accepted"
        }
        _ = MediaType(text)
        _ = Origin(text)
        _ = ForwardedElement.list(text)
        if let authority = Authority(text) {
            let again = authority.port.map { "\(authority.host):\($0)" } ?? authority.host
            if Authority(again) != authority { return "an authority does not survive being written" }
        }
        var head = ResponseHead(.ok)
        if (try? head.append("A", text)) != nil {
            var sent: [UInt8] = []
            _ = head.write(to: &sent, answering: ResponseContext(), content: .none, date: [])
            var parser = ResponseParser()
            let reading = readResponses([sent[...]], answersHead: false, &parser)
            if reading.failure != nil || reading.messages.first?.fields.count != 3 {
                return "a field broke the head it was written to"
            }
        }
        return nil
    }

    /// One octet a read, seven, and sizes drawn from the bytes themselves.
    private static func cuts(_ bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        var state = UInt32(truncatingIfNeeded: bytes.count) &+ bytes.reduce(0) { $0 &* 31 &+ UInt32($1) }
        return [
            cut(bytes) { 1 }, cut(bytes) { 7 },
            cut(bytes) {
                state = state &* 1_664_525 &+ 1_013_904_223
                return Int(state >> 26)
            },
        ]
    }
}
