// Owns the bytes of one head and where each of its fields lies. Makes no String before somebody asks for a value; must
// never hold a field whose name is no token or whose value holds a control character.

/// The fields of a message in order (RFC 9110 section 5), over the head's own bytes.
package struct Fields: Sendable {
    /// Where a field's name and value lie in `bytes`.
    struct Place: Sendable {
        // 32 bits each: heads are bounded far below 2 GiB, and a head of five fields fits two cache lines.
        private var nameLower: UInt32
        private var nameUpper: UInt32
        private var valueLower: UInt32
        private var valueUpper: UInt32
        var known: FieldName?

        init(name: Range<Int>, value: Range<Int>, known: FieldName?) {
            nameLower = UInt32(truncatingIfNeeded: name.lowerBound)
            nameUpper = UInt32(truncatingIfNeeded: name.upperBound)
            valueLower = UInt32(truncatingIfNeeded: value.lowerBound)
            valueUpper = UInt32(truncatingIfNeeded: value.upperBound)
            self.known = known
        }

        var name: Range<Int> { Int(nameLower)..<Int(nameUpper) }
        var value: Range<Int> {
            get { Int(valueLower)..<Int(valueUpper) }
            set {
                valueLower = UInt32(truncatingIfNeeded: newValue.lowerBound)
                valueUpper = UInt32(truncatingIfNeeded: newValue.upperBound)
            }
        }
    }

    /// The whole head as it was received or will be sent: a start line if there was one, then the field lines.
    var bytes: [UInt8] = []
    var places: [Place] = []

    /// No fields.
    package init() {}

    /// How many field lines there are.
    package var count: Int { places.count }

    /// Whether there is no field line.
    package var isEmpty: Bool { places.isEmpty }

    /// Forgets everything and keeps the memory for the next head.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
    }

    /// Appends a field.
    ///
    /// - Throws: status 500 if the name is no token, or the value holds CR, LF, NUL or another control character: either
    ///   could make a field of its own on the wire (RFC 9110 section 5.5).
    package mutating func append(_ name: String, _ value: String) throws(MessageError) {
        guard ASCII.isToken(name) else {
            throw MessageError(.internalServerError, "A field name holds an octet that no token may hold.")
        }
        guard value.utf8.allSatisfy(ASCII.isFieldContent) else {
            throw MessageError(.internalServerError, "A field value holds a control character; encode or remove it.")
        }
        let nameStart = bytes.count
        bytes.append(contentsOf: name.utf8)
        let nameEnd = bytes.count
        bytes.append(ASCII.colon)
        bytes.append(ASCII.space)
        let valueStart = bytes.count
        bytes.append(contentsOf: value.utf8)
        let value = ASCII.trimmed(valueStart..<bytes.count, in: bytes)
        let nameRange = nameStart..<nameEnd
        places.append(Place(name: nameRange, value: value, known: FieldName.recognize(bytes, nameRange)))
        bytes.append(ASCII.carriageReturn)
        bytes.append(ASCII.lineFeed)
    }
}
