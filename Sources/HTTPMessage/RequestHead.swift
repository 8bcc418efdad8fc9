// Owns one request's head: the bytes as they came and where the parts lie. A value like any other: it may be kept after
// the parser that made it went on, at the price of one copy of the bytes by the parser's next request.

import ByteSearch

/// The head of a request (RFC 9112 section 3).
package struct RequestHead: Sendable {
    /// The fields, with the head's bytes.
    package internal(set) var fields = Fields()
    /// What the request asks for.
    package internal(set) var method = Method.get
    /// The version it was sent in.
    package internal(set) var version = HTTPVersion.http11
    /// How the end of the body is found; never `untilClose`.
    package internal(set) var bodyFraming = BodyFraming.none
    /// Whether the connection may serve another request after this one (RFC 9112 section 9.3).
    package internal(set) var keepAlive = true
    /// Whether the client waits for `100 Continue` before it sends its body (RFC 9110 section 10.1.1).
    package internal(set) var expectsContinue = false
    var requestTarget = RequestTarget()
    /// Where the host and port lie: in the target if it is absolute, else in the Host field.
    var authority: Range<Int>?
    /// Where the host alone lies.
    var hostName: Range<Int>?

    init() {}

    /// How many bytes it holds.
    package var byteCount: Int { fields.bytes.count }

    /// The target as it was sent.
    package var target: String { ASCII.text(fields.bytes, requestTarget.whole) }

    /// The path before `?`, still percent-encoded; that of an absolute target; `*` for an `OPTIONS` of the whole server.
    package var path: String { String(decoding: pathBytes, as: UTF8.self) }

    /// The path's octets, without a String being made.
    package var pathBytes: ArraySlice<UInt8> {
        guard requestTarget.path.isEmpty else { return fields.bytes[requestTarget.path] }
        // An absolute target may end with its host (RFC 9112 sections 3.2.1 and 3.2.4).
        return method == .options && requestTarget.query == nil ? [ASCII.asterisk] : [ASCII.slash]
    }

    /// Whether the path is this one, octet for octet, without a String being made.
    package func hasPath(_ path: String) -> Bool {
        if requestTarget.path.isEmpty { return path == self.path }
        let wanted = path.utf8.span
        guard wanted.count == requestTarget.path.count else { return false }
        return fields.bytes.span.holds(wanted, at: requestTarget.path.lowerBound)
    }

    /// Whether the request says which host it is for; one of HTTP/1.0 need not.
    package var namesHost: Bool { !(authority?.isEmpty ?? true) }

    /// Whether the request is for this host, on whatever port: a name or an address, an IPv6 one without its brackets.
    package func isFor(host: String) -> Bool {
        guard var name = hostName else { return false }
        if let first = name.first, fields.bytes[first] == UInt8(ascii: "[") { name = name.dropFirst().dropLast() }
        return ASCII.spells(host, fields.bytes, name)
    }

    /// Whether the body's media type is this one, spelled without parameters: the usual case, at the price of a compare.
    package func hasContentType(_ type: String) -> Bool {
        fields.range(of: .contentType).map { ASCII.spells(type, fields.bytes, $0) } ?? false
    }

    /// What follows the first `?`, still encoded; nil if there is no `?`.
    package var rawQuery: String? { requestTarget.query.map { ASCII.text(fields.bytes, $0) } }

    /// The parameters of the query; none if there is no `?`.
    package var query: Query { Query(fields.bytes[requestTarget.query ?? 0..<0]) }

    /// The host and port that the request is for, as they were sent; empty if an HTTP/1.0 request names none.
    package var host: String { authority.map { ASCII.text(fields.bytes, $0) } ?? "" }

    /// The value of the first field with a name, whatever its case; nil if there is none.
    package subscript(name: FieldName) -> String? { fields[name] }

    /// The value of the first field with a name, whatever its case; nil if there is none.
    package subscript(name: String) -> String? { fields[name] }

    /// The values of all fields with a name, in order.
    package func values(of name: FieldName) -> [String] { fields.values(of: name) }

    /// The values of all fields with a name, in order.
    package func values(of name: String) -> [String] { fields.values(of: name) }

    /// Whether a body follows.
    package var hasBody: Bool {
        switch bodyFraming {
        case .none, .length(0): false
        default: true
        }
    }

    /// What is wrong if its body says that it is larger than one may be that is collected.
    package func excess(of limits: MessageLimits) -> MessageError? {
        if case .length(let length) = bodyFraming, length > limits.bodyBytes { Self.tooLarge } else { nil }
    }

    static let tooLarge = MessageError(.contentTooLarge, "The body is larger than this server accepts; send less.")

    /// Forgets the last request and keeps its memory.
    mutating func removeAll() {
        fields.removeAll()
        method = .get
        version = .http11
        requestTarget = RequestTarget()
        bodyFraming = .none
        keepAlive = true
        expectsContinue = false
        authority = nil
        hostName = nil
    }
}
