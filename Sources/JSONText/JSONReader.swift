// Owns a place in a text, and moves it over one value at a time. Reads strictly what RFC 8259 allows; holds nothing
// of what it has read, and never traps on input.

/// What kind of value stands next in a text.
package enum JSONKind: Sendable, Hashable {
    case object, array, string, number, bool, null
}

/// A pull reader of one JSON text over bytes: the caller asks for the values it expects, in order.
///
/// RFC 8259, strictly: no trailing commas, comments, byte order mark or ill-formed UTF-8. Also refused: a lone
/// surrogate escape, since no UTF-8 can say it, and nesting deeper than `maximumDepth`. Cheap to make and to copy.
/// After an error the reader is of no further use.
package struct JSONReader: Sendable {
    /// How deep arrays and objects may nest.
    package static var maximumDepth: Int { 64 }

    let bytes: ArraySlice<UInt8>
    /// The index in `bytes` of the next byte to read.
    var position: Int
    /// How many arrays and objects are open around the place.
    var depth = 0
    /// How many bytes of insignificant white space were passed so far.
    var spaces = 0

    /// Makes a reader at the start of a text; offsets in errors count from the slice's start.
    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Makes a reader at the start of a text.
    package init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    /// Where the reader stands, in bytes from the text's start.
    package var offset: Int { position - bytes.startIndex }

    /// Passes white space and tells what kind of value stands next, without reading it.
    ///
    /// - Throws: `JSONTextError` if no value begins there.
    package mutating func peek() throws(JSONTextError) -> JSONKind {
        skipSpace()
        guard let byte = next else { throw malformed("expected a value") }
        switch byte {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case 0xEF where bytes[position...].starts(with: [0xEF, 0xBB, 0xBF]):
            throw malformed("a byte order mark is not allowed")
        default: throw malformed("expected a value")
        }
    }

    /// Passes white space, and checks that the text ends there.
    ///
    /// - Throws: `JSONTextError` if more follows.
    package mutating func finish() throws(JSONTextError) {
        skipSpace()
        guard next == nil else { throw malformed("unexpected text after the value") }
    }

    /// Reads `true` or `false`.
    ///
    /// - Throws: `JSONTextError` if another value stands there.
    package mutating func readBool() throws(JSONTextError) -> Bool {
        try require(.bool, "true or false")
        let value = next == UInt8(ascii: "t")
        try skipLiteral(value ? "true" : "false")
        return value
    }

    /// Reads `null`.
    ///
    /// - Throws: `JSONTextError` if another value stands there.
    package mutating func readNull() throws(JSONTextError) {
        try require(.null, "null")
        try skipLiteral("null")
    }

    /// An error at the place of the reader, for callers that do not want what they read there.
    package func refusal(_ problem: String) -> JSONTextError {
        JSONTextError(.refused, problem, at: offset)
    }
}

// MARK: - Steps that all readings share

extension JSONReader {
    /// The byte at the place; `nil` at the end of the text.
    @inline(__always)
    var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    func malformed(_ problem: String) -> JSONTextError {
        JSONTextError(.malformed, next == nil ? "\(problem), but the text ends" : problem, at: offset)
    }

    @inline(__always)
    mutating func skipSpace() {
        // Most texts that programs send have no white space, or one space after a colon.
        if position < bytes.endIndex, bytes[position] > 0x20 { return }
        passSpace()
    }

    private mutating func passSpace() {
        while position < bytes.endIndex {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D:
                position += 1
                spaces += 1
            default: return
            }
        }
    }

    /// Passes white space and, if it is the byte that follows, this byte.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    mutating func require(_ kind: JSONKind, _ name: String) throws(JSONTextError) {
        guard try peek() == kind else { throw JSONTextError(.unexpectedKind, "expected \(name)", at: offset) }
    }

    mutating func skipLiteral(_ literal: String) throws(JSONTextError) {
        let start = position
        for byte in literal.utf8 {
            guard next == byte else {
                position = start
                throw malformed("expected \(literal)")
            }
            position += 1
        }
    }
}
