// Owns the forms of a request target and where their parts lie (RFC 9112 section 3.2). Decodes nothing: a path is split
// before it is decoded, or an encoded slash would make a segment.

/// Where the parts of a request target lie in the bytes of its head.
struct RequestTarget: Sendable {
    private(set) var whole: Range<Int>
    /// Empty where an absolute form has none, which means `/`.
    private(set) var path: Range<Int>
    /// What follows the first `?`; nil if there is none.
    private(set) var query: Range<Int>?
    /// The host and port of an absolute form.
    private(set) var authority: Range<Int>?

    /// No target yet.
    init() {
        whole = 0..<0
        path = 0..<0
    }

    /// A target of octets from 0x21 to 0x7E.
    ///
    /// - Throws: status 400 for the authority form, for an asterisk without OPTIONS, and for another scheme than HTTP's.
    init(_ whole: Range<Int>, method: Method, in bytes: [UInt8]) throws(MessageError) {
        self.whole = whole
        path = whole
        switch bytes[whole.lowerBound] {
        case ASCII.slash:
            split(from: whole.lowerBound, bytes)
        case ASCII.asterisk where whole.count == 1:
            guard method == .options else {
                throw MessageError(.badRequest, "The target `*` is for OPTIONS alone; send a path.")
            }
        default:
            try readAbsoluteForm(bytes)
        }
    }

    /// Whether this is a path with or without a query, the usual form.
    func isPath(in bytes: [UInt8]) -> Bool { bytes[whole.lowerBound] == ASCII.slash }

    private mutating func split(from start: Int, _ bytes: [UInt8]) {
        var index = start
        while index < whole.upperBound, bytes[index] != ASCII.question { index &+= 1 }
        path = start..<index
        if index < whole.upperBound { query = (index &+ 1)..<whole.upperBound }
    }

    private mutating func readAbsoluteForm(_ bytes: [UInt8]) throws(MessageError) {
        let start: Int
        if ASCII.spells("http://", bytes, whole.prefix(7)) {
            start = whole.lowerBound + 7
        } else if ASCII.spells("https://", bytes, whole.prefix(8)) {
            start = whole.lowerBound + 8
        } else {
            throw MessageError(
                .badRequest, "The target is neither a path nor an http or https URL; begin it with a slash.")
        }
        var end = start
        while end < whole.upperBound, bytes[end] != ASCII.slash, bytes[end] != ASCII.question { end &+= 1 }
        guard let host = Authority.host(bytes, start..<end), !host.isEmpty else {
            throw MessageError(.badRequest, "The URL in the request line has no valid host and port.")
        }
        authority = start..<end
        split(from: end, bytes)
    }
}
