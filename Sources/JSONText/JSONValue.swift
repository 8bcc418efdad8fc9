// A whole text in memory, for files that are read once. Bodies on the hot path go through `JSONReader` instead.

/// Any JSON value, its objects in the order of the text.
package enum JSONValue: Sendable, Hashable {
    case object([Member])
    case array([JSONValue])
    case string(String)
    /// A number as it was written.
    case number(String)
    case bool(Bool)
    case null

    /// One member of an object.
    package struct Member: Sendable, Hashable {
        /// What the member is called; once in an object.
        package var name: String
        /// What it says.
        package var value: JSONValue

        /// Makes a member.
        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Reads a whole text.
    ///
    /// - Throws: `JSONTextError` if it is not one JSON value, or an object in it names a member twice.
    package init(parsing bytes: some Sequence<UInt8>) throws(JSONTextError) {
        var reader = JSONReader(Array(bytes))
        self = try reader.readValue()
        try reader.finish()
    }

    /// The members, if this is an object.
    package var members: [Member]? { if case .object(let members) = self { members } else { nil } }

    /// The elements, if this is an array.
    package var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// The text, if this is a string.
    package var string: String? { if case .string(let string) = self { string } else { nil } }

    /// The number, if this is one that is written without fraction and exponent and fits.
    package var int: Int? { if case .number(let text) = self { Int(text) } else { nil } }

    /// The nearest number, if this is one.
    package var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

    /// The truth, if this is `true` or `false`.
    package var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

    /// The value of an object's member; `nil` if there is none of that name, or this is no object.
    package subscript(name: String) -> JSONValue? {
        members?.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }
}

extension JSONReader {
    /// Reads a value of any kind, whole.
    ///
    /// - Throws: `JSONTextError` if no sound value stands there, or an object in it names a member twice.
    package mutating func readValue() throws(JSONTextError) -> JSONValue {
        switch try peek() {
        case .object:
            var members: [JSONValue.Member] = []
            try readObject { (reader, name) throws(JSONTextError) in
                members.append(.init(name, try reader.readValue()))
            }
            return .object(members)
        case .array:
            var elements: [JSONValue] = []
            try readArray { (reader) throws(JSONTextError) in elements.append(try reader.readValue()) }
            return .array(elements)
        case .string: return .string(try readString())
        case .number: return .number(try readNumberText())
        case .bool: return .bool(try readBool())
        case .null:
            try readNull()
            return .null
        }
    }
}

extension JSONWriter {
    /// Writes a value of any kind, whole; its numbers must be sound.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .object(let members):
            beginObject()
            for member in members {
                key(member.name)
                self.value(member.value)
            }
            endObject()
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .string(let text): string(text)
        case .number(let text): raw(text)
        case .bool(let truth): bool(truth)
        case .null: null()
        }
    }
}
