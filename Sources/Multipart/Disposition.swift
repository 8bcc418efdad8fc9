// Owns the reading of Content-Disposition in a form (RFC 7578, section 4.2), where clients have never agreed on how a name
// is quoted. Must never take one name for two.

import HTTPMessage

/// What the field says of a part.
struct Disposition {
    let name: String
    let fileName: String?

    init(_ value: String) throws(MultipartError) {
        var scanner = Scanner(value)
        guard let kind = scanner.token(), ASCII.isSame(kind, "form-data") else {
            throw MultipartError(.malformed, "The Content-Disposition of a part is not `form-data`.")
        }
        var parameters: [(name: String, value: String)] = []
        while let parameter = try scanner.parameter() {
            guard !parameters.contains(where: { ASCII.isSame($0.name, parameter.name) }) else {
                throw MultipartError(.malformed, "A parameter of a Content-Disposition is there twice; send it once.")
            }
            parameters.append(parameter)
        }
        func find(_ name: String) -> String? { parameters.first { ASCII.isSame($0.name, name) }?.value }
        guard let name = find("name") else {
            throw MultipartError(.malformed, "The Content-Disposition of a part has no name.")
        }
        self.name = name
        // No browser sends it, but others do, and then it is the better one (RFC 6266, section 4.3).
        fileName = find("filename*").flatMap(Self.decoded) ?? find("filename")
    }

    /// A text with its charset before it (RFC 8187): UTF-8 only, which all of them are.
    private static func decoded(_ value: String) -> String? {
        let pieces = value.utf8.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard pieces.count == 3, ASCII.isSame(String(Substring(pieces[0])), "utf-8") else { return nil }
        var octets: [UInt8] = []
        var rest = Array(pieces[2])[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%") else {
                octets.append(octet)
                continue
            }
            guard let high = rest.popFirst().flatMap(ASCII.hexValue), let low = rest.popFirst().flatMap(ASCII.hexValue),
                ASCII.isFieldContent(high << 4 | low)
            else { return nil }
            octets.append(high << 4 | low)
        }
        return String(validating: octets, as: UTF8.self)
    }

    private struct Scanner {
        private var rest: ArraySlice<UInt8>

        init(_ value: String) { rest = Array(value.utf8)[...] }

        mutating func token() -> String? {
            let token = rest.prefix(while: ASCII.isToken)
            rest = rest[token.endIndex...]
            return token.isEmpty ? nil : String(decoding: token, as: UTF8.self)
        }

        private mutating func skip(_ octet: UInt8) -> Bool {
            guard rest.first == octet else { return false }
            rest.removeFirst()
            return true
        }

        /// The next `; name=value`; nil at the end.
        mutating func parameter() throws(MultipartError) -> (name: String, value: String)? {
            rest = rest.drop(while: ASCII.isBlank)
            if rest.isEmpty { return nil }
            let hasBegun = skip(ASCII.semicolon)
            rest = rest.drop(while: ASCII.isBlank)
            if hasBegun, rest.isEmpty { return nil }
            guard hasBegun, let name = token(), skip(ASCII.equals), let value = try quoted() ?? token() else {
                throw MultipartError(.malformed, "A Content-Disposition is not `form-data; name=\"value\"`.")
            }
            return (name, value)
        }

        /// `"…"`, in which a backslash escapes a quote or itself. Before anything else it is one: browsers of old sent whole
        /// paths of Windows so.
        private mutating func quoted() throws(MultipartError) -> String? {
            guard skip(ASCII.quote) else { return nil }
            var octets: [UInt8] = []
            while let octet = rest.popFirst() {
                if octet == ASCII.quote { return String(decoding: octets, as: UTF8.self) }
                if octet == ASCII.backslash, let next = rest.first, next == ASCII.quote || next == ASCII.backslash {
                    octets.append(next)
                    rest.removeFirst()
                } else {
                    octets.append(octet)
                }
            }
            throw MultipartError(.malformed, "A quoted text in a Content-Disposition does not end.")
        }
    }
}
