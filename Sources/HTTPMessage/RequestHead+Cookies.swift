// Owns the reading of cookies (RFC 6265 section 4.2.1).

extension RequestHead {
    /// All cookies in order, values as they were sent but for quotes around them.
    package var cookies: [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        readCookies { octets, name, value in
            found.append((ASCII.text(octets, name), ASCII.text(octets, value)))
        }
        return found
    }

    /// The values of all cookies with a name, as they were sent but for quotes around them. There may be several: each
    /// domain and path can have its own, and a request does not say which is whose.
    package func cookies(_ name: String) -> [String] {
        var found: [String] = []
        readCookies { octets, key, value in
            if octets[key].elementsEqual(name.utf8) { found.append(ASCII.text(octets, value)) }
        }
        return found
    }

    /// Goes through the cookies: the octets of one, and where its name and its value lie in them.
    private func readCookies(_ take: ([UInt8], Range<Int>, Range<Int>) -> Void) {
        for header in values(of: .cookie) {
            for pair in header.utf8.split(separator: ASCII.semicolon) {
                let octets = Array(pair)
                guard let equals = octets.firstIndex(of: ASCII.equals) else { continue }
                let name = ASCII.trimmed(0..<equals, in: octets)
                var value = ASCII.trimmed((equals + 1)..<octets.count, in: octets)
                if value.count >= 2, octets[value.lowerBound] == ASCII.quote,
                    octets[value.upperBound - 1] == ASCII.quote
                {
                    value = (value.lowerBound + 1)..<(value.upperBound - 1)
                }
                take(octets, name, value)
            }
        }
    }
}
