// Owns the bounds of what one message may make its reader hold.

/// How large the parts of a message may be, in octets or in number; below 2 GiB for the head.
package struct MessageLimits: Sendable {
    /// The start line and all field lines with their ends: 431 beyond.
    package var headBytes = 16 * 1024
    /// The request target: 414 beyond.
    package var targetBytes = 8 * 1024
    /// Field lines of the head, and as many again of the trailers: 431 beyond.
    package var fieldCount = 100
    /// The body, decoded: 413 beyond, at the head if it says its length.
    package var bodyBytes = 8 * 1024 * 1024
    /// The same for a body that is read while it comes, if there may be such: 413 beyond, at the head.
    package var streamedBodyBytes = 0
    /// Trailers of a chunked body with their ends: 431 beyond.
    package var trailerBytes = 4 * 1024
    /// Chunk extensions of one body together: 400 beyond.
    package var chunkExtensionBytes = 1024
    /// Empty lines before a request line (RFC 9112 section 2.2): 400 beyond.
    package var emptyLines = 4

    /// The defaults, for a server that reads requests.
    package init() {}

    /// For a client: a body of any size, since it is passed on piece by piece and never held.
    package static var response: MessageLimits {
        var limits = MessageLimits()
        limits.headBytes = 64 * 1024
        limits.bodyBytes = .max
        return limits
    }

    /// The longest method that is read (RFC 9112 section 3).
    static var methodBytes: Int { 32 }

    /// A request line with a target of the full length, its method, version, spaces and line end.
    var requestLineBytes: Int { targetBytes + Self.methodBytes + 12 }
}
