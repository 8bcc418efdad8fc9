// Owns the grammar of the field Forwarded (RFC 7239). Must never guess at a value that is broken: who broke it may have
// meant to hide what a proxy wrote behind it.

/// What one proxy says of the request that it got: an element of a Forwarded field.
package struct ForwardedElement: Sendable, Equatable {
    /// Whom it got the request from, without quotes: an address, `unknown`, or a name that begins with `_`. Nil if it
    /// does not say.
    package let node: String?
    /// The scheme by which it got the request, as it was written. Nil if it does not say.
    package let scheme: String?

    /// The elements of a field's value, the nearest proxy's last; nil if any of them is malformed.
    package static func list(_ value: String) -> [ForwardedElement]? {
        var scanner = FieldScanner(value)
        var list: [ForwardedElement] = []
        while true {
            guard let pairs = pairs(&scanner) else { return nil }
            // A list may have empty elements (RFC 9110 section 5.6.1).
            if !pairs.isEmpty { list.append(ForwardedElement(node: pairs["for"], scheme: pairs["proto"])) }
            if scanner.isAtEnd { return list }
            guard scanner.skip(ASCII.comma) else { return nil }
        }
    }

    /// `[ pair ] *( ";" [ pair ] )` up to where neither goes on; nil if one is malformed or comes twice.
    private static func pairs(_ scanner: inout FieldScanner) -> [String: String]? {
        var pairs: [String: String] = [:]
        repeat {
            scanner.skipBlanks()
            if let name = scanner.token() {
                guard scanner.skip(ASCII.equals), let value = scanner.token() ?? scanner.quotedString(),
                    pairs.updateValue(value, forKey: name.lowercased()) == nil
                else { return nil }
            }
            scanner.skipBlanks()
        } while scanner.skip(ASCII.semicolon)
        return pairs
    }
}
