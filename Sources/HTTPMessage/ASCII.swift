// Owns the classes of octets that HTTP's grammar is made of (RFC 9110 section 5.6). Must never depend on a locale, nor
// make a String to compare one.

import ByteSearch

/// Octets by name and by class.
package enum ASCII {
    package static let tab: UInt8 = 0x09
    package static let lineFeed: UInt8 = 0x0A
    package static let carriageReturn: UInt8 = 0x0D
    package static let space: UInt8 = 0x20
    package static let quote: UInt8 = 0x22
    static let percent: UInt8 = 0x25
    static let ampersand: UInt8 = 0x26
    static let asterisk: UInt8 = 0x2A
    static let plus: UInt8 = 0x2B
    static let comma: UInt8 = 0x2C
    static let slash: UInt8 = 0x2F
    static let zero: UInt8 = 0x30
    package static let colon: UInt8 = 0x3A
    package static let semicolon: UInt8 = 0x3B
    package static let equals: UInt8 = 0x3D
    static let question: UInt8 = 0x3F
    package static let backslash: UInt8 = 0x5C
    static let delete: UInt8 = 0x7F

    /// One bit for each octet below 64 that a token may hold: `!#$%&'*+-.` and the digits.
    private static var lowTokens: UInt64 { 0x03FF_6CFA_0000_0000 }
    /// The same from 64 on: letters and `^_`` `` `|~`.
    private static var highTokens: UInt64 { 0x57FF_FFFF_C7FF_FFFE }

    /// Whether a token may hold this octet (`tchar`, RFC 9110 section 5.6.2).
    @inline(__always)
    package static func isToken(_ octet: UInt8) -> Bool {
        let bits = octet < 64 ? lowTokens : highTokens
        return octet < 128 && (bits >> UInt64(octet & 63)) & 1 == 1
    }

    /// One bit for each octet below 64 that a registered name may hold: `!$&'()*+-.;=` and the digits.
    private static var lowNames: UInt64 { 0x2BFF_6FD2_0000_0000 }
    /// The same from 64 on: letters, `_` and `~`.
    private static var highNames: UInt64 { 0x47FF_FFFE_87FF_FFFE }

    /// Whether the name of a host may hold this octet (`unreserved` and `sub-delims` but the comma, RFC 3986 section 3.2.2).
    @inline(__always)
    static func isNameOctet(_ octet: UInt8) -> Bool {
        let bits = octet < 64 ? lowNames : highNames
        return octet < 128 && (bits >> UInt64(octet & 63)) & 1 == 1
    }

    /// Whether a field's value may hold this octet: a tab, and all but controls (RFC 9110 section 5.5).
    @inline(__always)
    package static func isFieldContent(_ octet: UInt8) -> Bool {
        (octet >= space && octet != delete) || octet == tab
    }

    @inline(__always)
    package static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

    @inline(__always)
    package static func isDigit(_ octet: UInt8) -> Bool { octet &- zero < 10 }

    @inline(__always)
    package static func isLetter(_ octet: UInt8) -> Bool { (octet | 0x20) &- 0x61 < 26 }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    package static func hexValue(_ octet: UInt8) -> UInt8? {
        if isDigit(octet) { return octet &- zero }
        let letter = (octet | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    /// The upper-case hexadecimal digit of a value below 16.
    static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? zero &+ value : 0x37 &+ value }

    @inline(__always)
    static func lowered(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }

    /// Whether a text is a token, and not empty (RFC 9110 section 5.6.2).
    package static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isToken) }

    /// Whether two texts are the same but for the case of letters from A to Z, as names in HTTP are compared.
    package static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8) { lowered($0) == lowered($1) }
    }

    /// Whether the octets of a range spell a word, whatever their case.
    static func spells(_ word: String, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        word.utf8.span.hasSameLetters(as: bytes.span.extracting(range))
    }

    /// A range less the spaces and tabs at both its ends.
    static func trimmed(_ range: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, isBlank(bytes[lower]) { lower &+= 1 }
        while lower < upper, isBlank(bytes[upper &- 1]) { upper &-= 1 }
        return lower..<upper
    }

    /// The text of a range, with what is not UTF-8 replaced by U+FFFD.
    static func text(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}
