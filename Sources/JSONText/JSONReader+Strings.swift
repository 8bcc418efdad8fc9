// Strings, and the texts of whole values. A string is scanned once, escapes and UTF-8 checked, and decoded only if
// somebody wants it.

import ByteSearch

extension JSONReader {
    /// Reads a string; one without escapes is a single copy.
    ///
    /// - Throws: `JSONTextError` if another value stands there.
    package mutating func readString() throws(JSONTextError) -> String {
        skipSpace()
        if next != UInt8(ascii: "\"") { try require(.string, "a string") }
        return Self.text(of: try scanString(), in: bytes)
    }

    /// The text of a string that was scanned.
    static func text(of string: ScannedString, in bytes: ArraySlice<UInt8>) -> String {
        if string.hasEscapes { return String(decoding: unescaped(bytes[string.content]), as: UTF8.self) }
        let start = string.content.lowerBound - bytes.startIndex
        let content = bytes.span.extracting(start..<start + string.content.count)
        // SAFETY: `scanString` has checked that it is UTF-8.
        return unsafe String(copying: UTF8Span(unchecked: content, isKnownASCII: string.isASCII))
    }

    /// Reads a value of any kind, and returns its text without the white space between its tokens.
    ///
    /// Nothing else changes: numbers and escapes stay letter for letter. Without white space it is a single copy.
    ///
    /// - Throws: `JSONTextError` if no sound value stands there.
    package mutating func readCompactText() throws(JSONTextError) -> String {
        skipSpace()
        let start = position
        let spacesBefore = spaces
        try skipValue()
        let text = bytes[start..<position]
        guard spaces > spacesBefore else { return String(decoding: text, as: UTF8.self) }
        return String(decoding: Self.compacted(text, reserving: text.count - (spaces - spacesBefore)), as: UTF8.self)
    }

    /// Copies a sound text but for its white space outside of strings.
    private static func compacted(_ text: ArraySlice<UInt8>, reserving count: Int) -> [UInt8] {
        var compact: [UInt8] = []
        compact.reserveCapacity(count)
        var inString = false
        var afterBackslash = false
        for byte in text {
            if inString {
                if afterBackslash {
                    afterBackslash = false
                } else if byte == UInt8(ascii: "\\") {
                    afterBackslash = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
                continue
            }
            compact.append(byte)
        }
        return compact
    }

    /// Where a string that is known to be sound stands, without its quotation marks.
    struct ScannedString {
        let content: Range<Int>
        let hasEscapes: Bool
        let isASCII: Bool
    }

    /// Passes the string that begins at the place, and checks it.
    mutating func scanString() throws(JSONTextError) -> ScannedString {
        let start = position + 1
        var hasEscapes = false
        var anyBits: UInt64 = 0
        position = start
        while true {
            position = endOfPlainBytes(&anyBits)
            switch next {
            case UInt8(ascii: "\""):
                let isASCII = anyBits & 0x8080_8080_8080_8080 == 0
                if !isASCII { try checkEncoding(start..<position) }
                let content = start..<position
                position += 1
                return ScannedString(content: content, hasEscapes: hasEscapes, isASCII: isASCII)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape()
            case nil: throw malformed("expected '\"'")
            default: throw malformed("a control character in a string must be escaped")
            }
        }
    }

    /// Where what stands for itself in a string ends; also gathers its bits.
    private func endOfPlainBytes(_ bits: inout UInt64) -> Int {
        let text = bytes.span
        return bytes.startIndex + text.firstIndex(of: Self.special, in: offset..<text.count, passed: &bits)
    }

    /// What does not stand for itself in a string.
    private static var special: StopBytes {
        StopBytes(below: 0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"))
    }

    private func checkEncoding(_ range: Range<Int>) throws(JSONTextError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes[range].span)
        } catch {
            let place = range.lowerBound - bytes.startIndex + error.byteOffsets.lowerBound
            throw JSONTextError(.malformed, "ill-formed UTF-8", at: place)
        }
    }

    /// Passes one escape, or the two that make a surrogate pair.
    private mutating func skipEscape() throws(JSONTextError) {
        let start = position
        position += 1
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            let unit = try scanHexDigits()
            guard 0xD800...0xDFFF ~= unit else { return }
            if unit < 0xDC00, next == UInt8(ascii: "\\") {
                position += 1
                if next == UInt8(ascii: "u") {
                    position += 1
                    if 0xDC00...0xDFFF ~= (try scanHexDigits()) { return }
                }
            }
            position = start
            throw malformed("half of a surrogate pair")
        default:
            throw malformed("expected one of \" \\ / b f n r t u after '\\'")
        }
    }

    private mutating func scanHexDigits() throws(JSONTextError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Self.hexDigit(byte) else {
                throw malformed("expected four hexadecimal digits after '\\u'")
            }
            value = value << 4 | digit
            position += 1
        }
        return value
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Replaces the escapes in the content of a string that was scanned, and so is known to be sound.
    private static func unescaped(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count)
        var rest = content
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = takeHexDigits(&rest)
                if 0xD800...0xDBFF ~= scalar {
                    rest = rest.dropFirst(2)
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (takeHexDigits(&rest) - 0xDC00)
                }
                // Scanning has refused lone halves, so there is always a scalar.
                result.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
            default: result.append(escape)
            }
        }
        return result
    }

    private static func takeHexDigits(_ rest: inout ArraySlice<UInt8>) -> UInt32 {
        var value: UInt32 = 0
        for byte in rest.prefix(4) { value = value << 4 | (hexDigit(byte) ?? 0) }
        rest = rest.dropFirst(4)
        return value
    }
}
