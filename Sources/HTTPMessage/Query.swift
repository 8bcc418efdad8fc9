// Owns the parameters of a query or of a form body (WHATWG URL, application/x-www-form-urlencoded). Works on the bytes as
// they are and decodes only what is asked for; must never go through more parameters than its bound.

/// The parameters of a query string or of a form, in order, decoded as they are asked for.
///
/// `+` is a space, `%41` is an octet, and a percent sign without two hexadecimal digits stands for itself.
package struct Query: Sendable {
    /// One parameter as it was sent.
    struct Pair {
        var name: Range<Int>
        var value: Range<Int>
    }

    let bytes: ArraySlice<UInt8>
    let limit: Int

    /// The parameters in these octets, which may be at most so many.
    package init(_ bytes: ArraySlice<UInt8>, limit: Int = 1000) {
        self.bytes = bytes
        self.limit = limit
    }

    /// The parameters in these octets, a form body's say, which may be at most so many.
    package init(_ bytes: [UInt8], limit: Int = 1000) {
        self.init(bytes[...], limit: limit)
    }

    /// Whether there is no octet at all.
    package var isEmpty: Bool { bytes.isEmpty }

    /// The value of the first parameter with a name, or nil.
    ///
    /// - Throws: status 400 if that value is not UTF-8, or if there are too many parameters.
    package func first(_ name: String) throws(MessageError) -> String? {
        var rest = Pairs(self)
        while let pair = try rest.next() {
            if decodes(pair.name, to: name) { return try strict(pair.value) }
        }
        return nil
    }

    /// The values of all parameters with a name, in order.
    ///
    /// - Throws: status 400 if one of them is not UTF-8, or if there are too many parameters.
    package func all(_ name: String) throws(MessageError) -> [String] {
        var values: [String] = []
        var rest = Pairs(self)
        while let pair = try rest.next() {
            if decodes(pair.name, to: name) { values.append(try strict(pair.value)) }
        }
        return values
    }

    /// All parameters in order.
    ///
    /// - Throws: status 400 if a name or a value is not UTF-8, or if there are too many parameters.
    package func pairs() throws(MessageError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        var rest = Pairs(self)
        while let pair = try rest.next() { pairs.append((try strict(pair.name), try strict(pair.value))) }
        return pairs
    }

    /// All parameters in order, with what is not UTF-8 replaced by U+FFFD as a browser does.
    ///
    /// - Throws: status 400 if there are too many parameters.
    package func repairedPairs() throws(MessageError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        var rest = Pairs(self)
        while let pair = try rest.next() {
            pairs.append(
                (
                    String(decoding: decoded(pair.name), as: UTF8.self),
                    String(decoding: decoded(pair.value), as: UTF8.self)
                ))
        }
        return pairs
    }
}
