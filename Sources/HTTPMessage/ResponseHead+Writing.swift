// Owns a response's bytes up to its body, and the decision how the body is framed (RFC 9112 sections 6 and 9). Must never
// write a length and a coding both, nor either where the status forbids content.

/// What a response must know of the request that it answers.
package struct ResponseContext: Sendable {
    /// The version of the request, which decides how a stream ends.
    package var version: HTTPVersion
    /// Whether the request was HEAD: the same head as for GET, and no body (RFC 9110 section 9.3.2).
    package var isHead: Bool
    /// Whether the connection goes on afterwards; the caller may turn it off.
    package var keepAlive: Bool

    /// For an answer to this request.
    package init(_ request: borrowing RequestHead) {
        version = request.version
        isHead = request.method == .head
        keepAlive = request.keepAlive
    }

    /// Whether it is what nearly all requests are: not HEAD, of HTTP/1.1, on a connection that goes on.
    package var isUsual: Bool { keepAlive && !isHead && version == .http11 }

    /// For an answer to a request that could not be read: the connection closes.
    package init() {
        version = .http11
        isHead = false
        keepAlive = false
    }
}

/// What is known of a response's body when its head is written.
package enum ResponseContent: Sendable {
    case none
    /// So many octets.
    case length(Int)
    /// Nobody knows how many.
    case stream
}

/// How the body that follows a written head is to be sent.
package struct ResponseFraming: Sendable, Equatable {
    /// `none`: send no octet of a body, whatever there is. `chunked`: by `ChunkEncoding`. Else as it is.
    package let body: BodyFraming
    /// Whether the connection goes on after the body; if not, close it then.
    package let keepAlive: Bool
}

extension ResponseHead {
    /// The interim response to `Expect: 100-continue`, whole.
    package static let continueBytes = [UInt8]("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// Appends the head's bytes to a buffer.
    ///
    /// - Parameter date: the value of the Date field, ready to send; no such field if it is empty.
    /// - Returns: how to send the body, and whether to close after it.
    package func write(
        to buffer: inout [UInt8], answering context: ResponseContext, content: ResponseContent, date: [UInt8]
    ) -> ResponseFraming {
        let body = framing(of: content, for: context)
        let keepAlive = context.keepAlive && body != .untilClose
        writeStatusLine(to: &buffer)
        if !date.isEmpty {
            buffer.append(contentsOf: "Date: ".utf8)
            buffer.append(contentsOf: date)
            buffer.append(contentsOf: "\r\n".utf8)
        }
        if let first = fields.places.first { buffer.append(contentsOf: fields.bytes[first.name.lowerBound...]) }
        if !status.forbidsContent {
            switch content {
            case .none: buffer.append(contentsOf: "Content-Length: 0\r\n".utf8)
            case .length(let length):
                buffer.append(contentsOf: "Content-Length: ".utf8)
                Self.appendDecimal(length, to: &buffer)
                buffer.append(contentsOf: "\r\n".utf8)
            case .stream where body == .chunked: buffer.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8)
            case .stream: break
            }
        }
        if !keepAlive {
            buffer.append(contentsOf: "Connection: close\r\n".utf8)
        } else if context.version == .http10 {
            buffer.append(contentsOf: "Connection: keep-alive\r\n".utf8)
        }
        buffer.append(contentsOf: "\r\n".utf8)
        return ResponseFraming(body: body, keepAlive: keepAlive)
    }

    private func framing(of content: ResponseContent, for context: ResponseContext) -> BodyFraming {
        if status.forbidsContent || context.isHead { return .none }
        switch content {
        case .none: return .none
        case .length(let length): return .length(length)
        case .stream: return context.version == .http11 ? .chunked : .untilClose
        }
    }

    private func writeStatusLine(to buffer: inout [UInt8]) {
        buffer.append(contentsOf: "HTTP/1.1 ".utf8)
        Self.appendDecimal(status.code, to: &buffer)
        buffer.append(ASCII.space)
        buffer.append(contentsOf: status.reason.utf8)
        buffer.append(contentsOf: "\r\n".utf8)
    }

    static func appendDecimal(_ number: Int, to buffer: inout [UInt8]) {
        precondition(number >= 0, "a length is never negative")
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            buffer.append(ASCII.zero + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
