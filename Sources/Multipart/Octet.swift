// Owns the classes of octets that a part's head is made of (RFC 9110, section 5.6). Heads are short: what is here is plain
// rather than quick.

enum Octet {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let dash: UInt8 = 0x2D
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let equals: UInt8 = 0x3D
    static let backslash: UInt8 = 0x5C

    static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

    /// Whether a field's value may hold it: all but controls.
    static func isContent(_ octet: UInt8) -> Bool { octet >= space && octet != 0x7F || octet == tab }

    static func isLetterOrDigit(_ octet: UInt8) -> Bool {
        (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20)
    }

    static func isToken(_ octet: UInt8) -> Bool { isLetterOrDigit(octet) || "!#$%&'*+-.^_`|~".utf8.contains(octet) }

    /// Whether a boundary may hold it (RFC 2046, section 5.1.1).
    static func isBoundary(_ octet: UInt8) -> Bool { isLetterOrDigit(octet) || "'()+_,-./:=? ".utf8.contains(octet) }

    /// The value of a hexadecimal digit, or nil.
    static func hexValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46, 0x61...0x66: (octet | 0x20) - 0x57
        default: nil
        }
    }

    /// Whether two names are the same but for the case of letters from A to Z.
    static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8) { one, other in
            one == other || (one ^ other == 0x20 && (0x61...0x7A).contains(one | 0x20))
        }
    }

    /// The text less the blanks at both its ends.
    static func trimmedText(_ octets: ArraySlice<UInt8>) -> String {
        let start = octets.drop(while: isBlank)
        let end = start.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start.startIndex
        return String(decoding: start[..<end], as: UTF8.self)
    }
}
