// Objects and arrays: what stands between their values, how deep they nest, and that no member is named twice.

extension JSONReader {
    /// Reads an object, and calls `member` with each name, the reader standing before its value.
    ///
    /// A value that `member` does not read is skipped.
    ///
    /// - Throws: `JSONTextError` if another value stands there, if a name appears twice, or what `member` throws.
    package mutating func readObject(
        _ member: (inout JSONReader, String) throws(JSONTextError) -> Void
    ) throws(JSONTextError) {
        try require(.object, "an object")
        try open()
        var names = MemberNames()
        if !take(UInt8(ascii: "}")) {
            repeat {
                try requireName()
                let nameOffset = offset
                let string = try scanString()
                let name = Self.text(of: string, in: bytes)
                guard names.insert(string, name, in: bytes) else {
                    let shown = String(String.UnicodeScalarView(name.unicodeScalars.prefix(64)))
                    throw JSONTextError(.duplicateMember, "the member \"\(shown)\" appears again", at: nameOffset)
                }
                try expectColon()
                skipSpace()
                let start = position
                try member(&self, name)
                if position == start { try skipValue() }
            } while take(UInt8(ascii: ","))
            try expectEnd(UInt8(ascii: "}"), "expected ',' or '}'")
        }
        depth -= 1
    }

    /// Reads an array, and calls `element` for each value, the reader standing before it.
    ///
    /// A value that `element` does not read is skipped.
    ///
    /// - Throws: `JSONTextError` if another value stands there, or what `element` throws.
    package mutating func readArray(
        _ element: (inout JSONReader) throws(JSONTextError) -> Void
    ) throws(JSONTextError) {
        try require(.array, "an array")
        try open()
        if !take(UInt8(ascii: "]")) {
            repeat {
                skipSpace()
                let start = position
                try element(&self)
                if position == start { try skipValue() }
            } while take(UInt8(ascii: ","))
            try expectEnd(UInt8(ascii: "]"), "expected ',' or ']'")
        }
        depth -= 1
    }

    /// Reads a value of any kind, and checks every byte of it but for members named twice.
    ///
    /// - Throws: `JSONTextError` if no sound value stands there.
    package mutating func skipValue() throws(JSONTextError) {
        switch try peek() {
        case .string: _ = try scanString()
        case .number: _ = try scanNumber()
        case .bool: _ = try readBool()
        case .null: try readNull()
        case .array:
            try open()
            if !take(UInt8(ascii: "]")) {
                repeat { try skipValue() } while take(UInt8(ascii: ","))
                try expectEnd(UInt8(ascii: "]"), "expected ',' or ']'")
            }
            depth -= 1
        case .object:
            try open()
            if !take(UInt8(ascii: "}")) {
                repeat {
                    try requireName()
                    _ = try scanString()
                    try expectColon()
                    try skipValue()
                } while take(UInt8(ascii: ","))
                try expectEnd(UInt8(ascii: "}"), "expected ',' or '}'")
            }
            depth -= 1
        }
    }

    private mutating func open() throws(JSONTextError) {
        guard depth < Self.maximumDepth else {
            throw JSONTextError(.tooDeep, "more than \(Self.maximumDepth) levels of nesting", at: offset)
        }
        depth += 1
        position += 1
    }

    private mutating func requireName() throws(JSONTextError) {
        skipSpace()
        guard next == UInt8(ascii: "\"") else { throw malformed("expected a member's name in quotes") }
    }

    private mutating func expectColon() throws(JSONTextError) {
        guard take(UInt8(ascii: ":")) else { throw malformed("expected ':'") }
    }

    private mutating func expectEnd(_ byte: UInt8, _ problem: String) throws(JSONTextError) {
        guard take(byte) else { throw malformed(problem) }
    }
}

/// The names that an object has used, compared byte by byte: two spellings of one accented letter are two names.
private struct MemberNames {
    /// Where the first few stand, while none of them has an escape.
    private var few = InlineArray<8, Range<Int>>(repeating: 0..<0)
    private var fewCount = 0
    /// Takes over when a comparison with each would cost a hostile body's length squared.
    private var many: Set<[UInt8]> = []

    /// Whether the name is new.
    mutating func insert(_ string: JSONReader.ScannedString, _ name: String, in bytes: ArraySlice<UInt8>) -> Bool {
        if many.isEmpty, !string.hasEscapes, fewCount < few.count {
            for index in 0..<fewCount where Self.isSame(few[index], string.content, in: bytes) { return false }
            few[fewCount] = string.content
            fewCount += 1
            return true
        }
        if many.isEmpty {
            for index in 0..<fewCount { many.insert(Array(bytes[few[index]])) }
        }
        return many.insert(Array(name.utf8)).inserted
    }

    private static func isSame(_ one: Range<Int>, _ other: Range<Int>, in bytes: ArraySlice<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        for offset in 0..<one.count where bytes[one.lowerBound + offset] != bytes[other.lowerBound + offset] {
            return false
        }
        return true
    }
}
