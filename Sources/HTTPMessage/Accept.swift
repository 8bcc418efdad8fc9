// Owns what a client says it can take (RFC 9110 section 12.5.1). A malformed element is passed over: it asks for nothing.

/// The media ranges of a request's Accept fields.
package struct Accept: Sendable {
    private struct MediaRange: Sendable {
        var type: String
        var subtype: String
        /// In thousandths.
        var weight: Int

        /// How closely this range names a media type, from 1 to 3; nil if it does not match.
        func closeness(to type: String, _ subtype: String) -> Int? {
            if self.type == "*", self.subtype == "*" { return 1 }
            guard self.type == type else { return nil }
            if self.subtype == "*" { return 2 }
            return self.subtype == subtype ? 3 : nil
        }
    }

    private var ranges: [MediaRange] = []
    private let isAbsent: Bool

    /// The ranges in the values of all Accept fields; none means that the client takes anything.
    package init(_ values: [String]) {
        isAbsent = values.isEmpty
        for value in values {
            var scanner = FieldScanner(value)
            while !scanner.isAtEnd {
                scanner.skipBlanks()
                if let range = Self.range(&scanner) { ranges.append(range) }
                scanner.skipElement()
            }
        }
    }

    /// Whether a media type in lower case, `text/event-stream` say, may be sent: the range that names it most closely
    /// decides, and refuses with a weight of zero.
    package func accepts(_ mediaType: String) -> Bool {
        if isAbsent { return true }
        return weight(mediaType, atLeast: 1) > 0
    }

    /// Whether a media type in lower case is asked for by its full name.
    package func names(_ mediaType: String) -> Bool {
        weight(mediaType, atLeast: 3) > 0
    }

    private func weight(_ mediaType: String, atLeast least: Int) -> Int {
        let parts = mediaType.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return 0 }
        var best = (closeness: 0, weight: 0)
        for range in ranges {
            guard let closeness = range.closeness(to: String(parts[0]), String(parts[1])), closeness >= least else {
                continue
            }
            if closeness > best.closeness {
                best = (closeness, range.weight)
            } else if closeness == best.closeness {
                best.weight = max(best.weight, range.weight)
            }
        }
        return best.weight
    }

    private static func range(_ scanner: inout FieldScanner) -> MediaRange? {
        guard let type = scanner.token(), scanner.skip(ASCII.slash), let subtype = scanner.token(),
            let parameters = scanner.parameters()
        else { return nil }
        var weight = 1000
        if let quality = parameters.first(where: { $0.name == "q" }) {
            guard let value = thousandths(quality.value) else { return nil }
            weight = value
        }
        return MediaRange(type: type.lowercased(), subtype: subtype.lowercased(), weight: weight)
    }

    /// `0.35` as 350 (RFC 9110 section 12.4.2).
    private static func thousandths(_ text: String) -> Int? {
        let octets = Array(text.utf8)
        guard let first = octets.first, first == ASCII.zero || first == ASCII.zero + 1, octets.count <= 5 else {
            return nil
        }
        var value = Int(first - ASCII.zero) * 1000
        guard octets.count > 1 else { return value }
        guard octets[1] == UInt8(ascii: ".") else { return nil }
        var unit = 100
        for octet in octets.dropFirst(2) {
            guard ASCII.isDigit(octet) else { return nil }
            value += Int(octet - ASCII.zero) * unit
            unit /= 10
        }
        return value <= 1000 ? value : nil
    }
}

extension RequestHead {
    /// What the client says it can take.
    package var accept: Accept { Accept(values(of: .accept)) }
}
