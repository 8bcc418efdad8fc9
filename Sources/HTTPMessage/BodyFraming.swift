// Owns how the end of a body is found, and the fields that say it. Two readers who disagree about this are how requests are
// smuggled, so a request that leaves any doubt is refused.

/// How the end of a message's body is found (RFC 9112 section 6).
package enum BodyFraming: Sendable, Equatable {
    /// There is no body.
    case none
    /// As many octets as Content-Length said; may be zero.
    case length(Int)
    /// Chunks, the last of them empty.
    case chunked
    /// Whatever comes until the connection closes; for responses only.
    case untilClose
}

/// What the fields of a head have said about its framing and its connection so far.
struct FramingFields: Sendable {
    private(set) var contentLength: Int?
    private(set) var hasTransferEncoding = false
    /// Chunked was named, as the last coding so far.
    private(set) var isChunked = false
    private(set) var hasUnknownCoding = false
    private(set) var closes = false
    private(set) var keepsAlive = false

    /// Takes note of a field if it is one of those that frame.
    mutating func note(_ place: Fields.Place, in bytes: [UInt8], from sender: Sender) throws(MessageError) {
        switch place.known {
        case .contentLength: try noteLength(place.value, bytes, sender)
        case .transferEncoding: try noteCodings(place.value, bytes, sender)
        case .connection: noteConnection(place.value, bytes)
        default: return
        }
    }

    private mutating func noteLength(
        _ value: Range<Int>, _ bytes: [UInt8], _ sender: Sender
    ) throws(MessageError) {
        guard !value.isEmpty else { throw MessageError(sender.failure, "Content-Length is empty; send digits.") }
        var length = 0
        for index in value {
            guard ASCII.isDigit(bytes[index]) else {
                throw MessageError(sender.failure, "Content-Length is not one decimal number; send digits alone.")
            }
            let (tens, tooBig) = length.multipliedReportingOverflow(by: 10)
            let (sum, stillTooBig) = tens.addingReportingOverflow(Int(bytes[index] &- ASCII.zero))
            guard !tooBig, !stillTooBig else {
                throw MessageError(sender.failure, "Content-Length is larger than any body can be.")
            }
            length = sum
        }
        if let earlier = contentLength, sender == .client || earlier != length {
            throw MessageError(sender.failure, "There are two Content-Length fields; send one.")
        }
        contentLength = length
    }

    private mutating func noteCodings(
        _ value: Range<Int>, _ bytes: [UInt8], _ sender: Sender
    ) throws(MessageError) {
        hasTransferEncoding = true
        var start = value.lowerBound
        while true {
            var end = start
            while end < value.upperBound, bytes[end] != ASCII.comma { end &+= 1 }
            let coding = ASCII.trimmed(start..<end, in: bytes)
            guard !coding.isEmpty, bytes[coding].allSatisfy(ASCII.isToken) else {
                throw MessageError(sender.failure, "Transfer-Encoding is not a list of codings; send `chunked`.")
            }
            guard !isChunked else {
                throw MessageError(
                    sender.failure, "Transfer-Encoding names a coding after `chunked`; name it last and once.")
            }
            if ASCII.spells("chunked", bytes, coding) { isChunked = true } else { hasUnknownCoding = true }
            guard end < value.upperBound else { return }
            start = end &+ 1
        }
    }

    private mutating func noteConnection(_ value: Range<Int>, _ bytes: [UInt8]) {
        var start = value.lowerBound
        while start < value.upperBound {
            var end = start
            while end < value.upperBound, bytes[end] != ASCII.comma { end &+= 1 }
            let option = ASCII.trimmed(start..<end, in: bytes)
            if ASCII.spells("close", bytes, option) { closes = true }
            if ASCII.spells("keep-alive", bytes, option) { keepsAlive = true }
            start = end &+ 1
        }
    }

    /// Whether the connection outlives the message (RFC 9112 section 9.3).
    func persists(_ version: HTTPVersion) -> Bool {
        !closes && (version == .http11 || keepsAlive)
    }
}
