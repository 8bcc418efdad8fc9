// Owns the pieces that structured field values are made of: tokens, quoted strings, parameters (RFC 9110 section 5.6).

/// A walk over the octets of one field value.
struct FieldScanner {
    private let bytes: [UInt8]
    private var index = 0

    init(_ value: String) { bytes = [UInt8](value.utf8) }

    var isAtEnd: Bool { index >= bytes.count }

    mutating func skipBlanks() {
        while index < bytes.count, ASCII.isBlank(bytes[index]) { index += 1 }
    }

    mutating func skip(_ octet: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == octet else { return false }
        index += 1
        return true
    }

    mutating func token() -> String? {
        let start = index
        while index < bytes.count, ASCII.isToken(bytes[index]) { index += 1 }
        return index > start ? ASCII.text(bytes, start..<index) : nil
    }

    /// `"…"` with its backslashes taken away; nil if it does not end.
    mutating func quotedString() -> String? {
        guard skip(ASCII.quote) else { return nil }
        var octets: [UInt8] = []
        while index < bytes.count {
            let octet = bytes[index]
            index += 1
            if octet == ASCII.quote { return String(decoding: octets, as: UTF8.self) }
            if octet == ASCII.backslash {
                guard index < bytes.count else { return nil }
                octets.append(bytes[index])
                index += 1
            } else {
                octets.append(octet)
            }
        }
        return nil
    }

    /// `*( OWS ";" OWS [ name "=" value ] )` and the blanks after it; nil if one is malformed (RFC 9110 section 5.6.6).
    mutating func parameters() -> [MediaType.Parameter]? {
        var parameters: [MediaType.Parameter] = []
        skipBlanks()
        while skip(ASCII.semicolon) {
            skipBlanks()
            if let name = token() {
                guard skip(ASCII.equals), let value = token() ?? quotedString() else { return nil }
                parameters.append(MediaType.Parameter(name: name.lowercased(), value: value))
            }
            skipBlanks()
        }
        return parameters
    }

    /// Passes over the rest of a list's element and its comma; commas in quotes do not count.
    mutating func skipElement() {
        while index < bytes.count, bytes[index] != ASCII.comma {
            if bytes[index] == ASCII.quote {
                if quotedString() == nil { index = bytes.count }
            } else {
                index += 1
            }
        }
        if index < bytes.count { index += 1 }
    }
}
