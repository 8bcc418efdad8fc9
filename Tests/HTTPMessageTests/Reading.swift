// Owns the feeding of parsers in reads of any size, as a connection would, and what came out of it. The fuzz target is
// built with this file too, so it makes no use of the test library.

#if canImport(HTTPMessage)
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
