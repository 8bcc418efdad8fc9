// Owns percent-encoding of single components (RFC 3986 section 2). Decoding is strict: what a router compares must have
// one reading.

/// Percent-encoding of path segments and query components.
package enum PercentEncoding {
    /// A path's segment, decoded.
    ///
    /// - Throws: status 400 if a percent sign is not followed by two hexadecimal digits, or if the result holds NUL or is not
    ///   UTF-8.
    package static func decode(segment: ArraySlice<UInt8>) throws(MessageError) -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(segment.count)
        var rest = segment.makeIterator()
        while let octet = rest.next() {
            guard octet == ASCII.percent else {
                octets.append(octet)
                continue
            }
            guard let high = rest.next().flatMap(ASCII.hexValue), let low = rest.next().flatMap(ASCII.hexValue) else {
                throw MessageError(.badRequest, "A percent sign in the path is not followed by two hexadecimal digits.")
            }
            octets.append(high << 4 | low)
        }
        guard !octets.contains(0) else { throw MessageError(.badRequest, "The path holds an encoded NUL.") }
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw MessageError(.badRequest, "The path is not UTF-8; percent-encode its UTF-8 octets.")
        }
        return text
    }

    /// A path's segment, decoded.
    ///
    /// - Throws: status 400 as for octets.
    package static func decode(segment: String) throws(MessageError) -> String {
        try decode(segment: [UInt8](segment.utf8)[...])
    }

    /// A text made fit to stand as a path's segment, or as a name or value in a query: all but the unreserved characters is
    /// encoded (RFC 3986 section 2.3).
    package static func encode(_ text: String) -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.utf8.count)
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                octets.append(octet)
            case _ where ASCII.isLetter(octet) || ASCII.isDigit(octet):
                octets.append(octet)
            default:
                octets.append(contentsOf: encode(octet: octet).utf8)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// One octet, encoded whatever it is.
    package static func encode(octet: UInt8) -> String {
        String(decoding: [ASCII.percent, ASCII.hexDigit(octet >> 4), ASCII.hexDigit(octet & 15)], as: UTF8.self)
    }
}
