// Owns the reading of cookies (RFC 6265 section 4.2.1).

extension RequestHead {
    /// The values of all cookies with a name, as they were sent but for quotes around them. There may be several: each
    /// domain and path can have its own, and a request does not say which is whose.
    package func cookies(_ name: String) -> [String] {
        var found: [String] = []
        for header in values(of: .cookie) {
            for pair in header.utf8.split(separator: ASCII.semicolon) {
                let octets = Array(pair)
                guard let equals = octets.firstIndex(of: ASCII.equals) else { continue }
                let key = ASCII.trimmed(0..<equals, in: octets)
                guard octets[key].elementsEqual(name.utf8) else { continue }
                var value = ASCII.trimmed((equals + 1)..<octets.count, in: octets)
                if value.count >= 2, octets[value.lowerBound] == ASCII.quote,
                    octets[value.upperBound - 1] == ASCII.quote
                {
                    value = (value.lowerBound + 1)..<(value.upperBound - 1)
                }
                found.append(ASCII.text(octets, value))
            }
        }
        return found
    }
}
