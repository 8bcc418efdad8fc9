// Numbers, kept as text until somebody says what they should become.

extension JSONReader {
    /// Reads a number that is written without fraction and exponent.
    ///
    /// - Throws: `JSONTextError` if another value stands there, or the number is not whole or does not fit.
    package mutating func readInteger() throws(JSONTextError) -> Int {
        try require(.number, "a whole number")
        let start = offset
        let digits = try scanNumber()
        guard let value = Int(String(decoding: bytes[digits], as: UTF8.self)) else {
            throw JSONTextError(.outOfRange, "expected a whole number of at most 64 bits", at: start)
        }
        return value
    }

    /// Reads a number as it is written.
    ///
    /// - Throws: `JSONTextError` if another value stands there.
    package mutating func readNumberText() throws(JSONTextError) -> String {
        try require(.number, "a number")
        let text = try scanNumber()
        return String(decoding: bytes[text], as: UTF8.self)
    }

    /// Passes the number that begins at the place, and checks it.
    mutating func scanNumber() throws(JSONTextError) -> Range<Int> {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") {
            position += 1
            if let byte = next, Self.isDigit(byte) { throw malformed("a number must not begin with a 0") }
        } else {
            try skipDigits()
        }
        if next == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
        return start..<position
    }

    private mutating func skipDigits() throws(JSONTextError) {
        guard let byte = next, Self.isDigit(byte) else { throw malformed("expected a digit") }
        while let byte = next, Self.isDigit(byte) { position += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
