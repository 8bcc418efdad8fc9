// Owns what forms in parts have of their own beside the grammar of HTTP. Heads are short: what is here is plain rather than
// quick.

import HTTPMessage

enum Octet {
    static let dash: UInt8 = 0x2D

    /// Whether a boundary may hold it (RFC 2046, section 5.1.1).
    static func isBoundary(_ octet: UInt8) -> Bool {
        ASCII.isLetter(octet) || ASCII.isDigit(octet) || "'()+_,-./:=? ".utf8.contains(octet)
    }

    /// The text less the blanks at both its ends.
    static func trimmedText(_ octets: ArraySlice<UInt8>) -> String {
        let start = octets.drop(while: ASCII.isBlank)
        let end = start.lastIndex { !ASCII.isBlank($0) }.map { $0 + 1 } ?? start.startIndex
        return String(decoding: start[..<end], as: UTF8.self)
    }
}
