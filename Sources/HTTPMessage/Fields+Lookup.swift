// Owns finding fields. Names compare without regard to case; values lose the white space around them, and octets outside
// ASCII are read as UTF-8 with what is broken replaced by U+FFFD.

extension Fields: Sequence {
    /// A field with its name as it was sent.
    package typealias Element = (name: String, value: String)

    /// Goes through the fields in order.
    package struct Iterator: IteratorProtocol {
        private let fields: Fields
        private var index = 0

        init(_ fields: Fields) { self.fields = fields }

        /// The next field, or nil after the last.
        package mutating func next() -> Element? {
            guard index < fields.places.count else { return nil }
            let place = fields.places[index]
            index += 1
            return (ASCII.text(fields.bytes, place.name), ASCII.text(fields.bytes, place.value))
        }
    }

    /// An iterator over names and values, each made into a String as it is reached.
    package func makeIterator() -> Iterator { Iterator(self) }

    /// The value of the first field with a name, or nil.
    package subscript(name: FieldName) -> String? {
        range(of: name).map { ASCII.text(bytes, $0) }
    }

    /// The value of the first field with a name, or nil.
    package subscript(name: String) -> String? {
        for place in places where ASCII.spells(name, bytes, place.name) { return ASCII.text(bytes, place.value) }
        return nil
    }

    /// The values of all fields with a name, in order.
    package func values(of name: FieldName) -> [String] {
        values(of: name.spelling)
    }

    /// The values of all fields with a name, in order.
    package func values(of name: String) -> [String] {
        places.compactMap { ASCII.spells(name, bytes, $0.name) ? ASCII.text(bytes, $0.value) : nil }
    }

    /// Whether there is a field with a name.
    package func contains(_ name: FieldName) -> Bool { range(of: name) != nil }

    /// Where the first value of a known name lies.
    func range(of name: FieldName) -> Range<Int>? {
        for place in places where place.known == name { return place.value }
        // Names outside the table of recognition are few and asked for rarely.
        for place in places where place.known == nil && ASCII.spells(name.spelling, bytes, place.name) {
            return place.value
        }
        return nil
    }
}
