// Owns the fields that programs give and get, as values. What could break a head is not looked for here: the one place
// that writes heads refuses it.

package import HTTPMessage

/// The fields of a message in order (RFC 9110, section 5), by names whose case does not count.
///
/// A name that is no token, or a value with a control character, is not refused here: a response that has one is answered
/// with 500, and the log says which it was.
public struct HTTPFields: Sendable {
    private var list: [(name: String, value: String)] = []

    /// No fields.
    public init() {}

    /// Fields in order; a name may come more than once.
    public init(_ fields: some Sequence<(name: String, value: String)>) { list = Array(fields) }

    /// How many there are.
    public var count: Int { list.count }

    /// Whether there is none.
    public var isEmpty: Bool { list.isEmpty }

    /// The value of the first field with a name; `nil` if there is none. To set it replaces all fields with the name by
    /// one, in the place of the first; to set `nil` removes them.
    public subscript(name: String) -> String? {
        get { list.first { ASCII.isSame($0.name, name) }?.value }
        set { if let newValue { set(name, newValue) } else { remove(name) } }
    }

    /// The values of all fields with a name, in order.
    public func values(of name: String) -> [String] {
        list.compactMap { ASCII.isSame($0.name, name) ? $0.value : nil }
    }

    /// Adds a field, beside those with the same name.
    public mutating func add(_ name: String, _ value: String) { list.append((name, value)) }

    /// Adds a field in the place of those with the same name.
    public mutating func set(_ name: String, _ value: String) {
        guard let first = list.firstIndex(where: { ASCII.isSame($0.name, name) }) else { return add(name, value) }
        list[first] = (name, value)
        var index = 0
        list.removeAll { field in
            defer { index += 1 }
            return index > first && ASCII.isSame(field.name, name)
        }
    }

    /// Removes all fields with a name.
    public mutating func remove(_ name: String) { list.removeAll { ASCII.isSame($0.name, name) } }
}

extension HTTPFields: Sequence {
    /// The fields with the names as they were given, in order.
    public func makeIterator() -> IndexingIterator<[(name: String, value: String)]> { list.makeIterator() }
}

extension HTTPFields: ExpressibleByDictionaryLiteral {
    /// Fields in order; a name may come more than once.
    public init(dictionaryLiteral elements: (String, String)...) {
        list = elements.map { (name: $0.0, value: $0.1) }
    }
}

extension HTTPFields: Equatable {
    /// Whether both have the same fields in the same order, names as they are spelled.
    public static func == (one: HTTPFields, other: HTTPFields) -> Bool {
        one.list.elementsEqual(other.list) { $0.name == $1.name && $0.value == $1.value }
    }
}

extension ResponseHead {
    /// Appends fields of a program's.
    ///
    /// - Throws: status 500 if one could break the head, or is the server's alone to write.
    package mutating func append(_ fields: HTTPFields) throws(MessageError) {
        for (name, value) in fields { try append(name, value) }
    }
}
