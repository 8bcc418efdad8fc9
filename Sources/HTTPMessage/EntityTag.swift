// Owns entity tags and how two are compared. Must never take a weak one for a promise that octets are the same.

/// What tells one state of a resource from others (RFC 9110 section 8.8.3).
package struct EntityTag: Sendable, Hashable {
    /// Whether states with this tag mean the same, and may differ in their octets.
    package let isWeak: Bool
    /// What stands between the quotes.
    package let opaque: String

    /// Makes a tag; its text holds visible ASCII alone, and no quote.
    package init(_ opaque: String, isWeak: Bool) {
        precondition(opaque.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != ASCII.quote }, "no tag: \(opaque)")
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// The tag that a field's value spells, or nil.
    package init?(field value: String) {
        var scanner = EntityTagScanner(value)
        guard let tag = scanner.tag(), scanner.isAtEnd else { return nil }
        self = tag
    }

    fileprivate init(scanned opaque: String, isWeak: Bool) {
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// Whether both promise the same octets (strong comparison, section 8.8.3.2).
    package func isStronglyEqual(to other: EntityTag) -> Bool {
        !isWeak && !other.isWeak && opaque.utf8.elementsEqual(other.opaque.utf8)
    }

    /// Whether both say that the meaning is the same (weak comparison).
    package func isWeaklyEqual(to other: EntityTag) -> Bool { opaque.utf8.elementsEqual(other.opaque.utf8) }
}

extension EntityTag: CustomStringConvertible {
    /// As a field has it.
    package var description: String { isWeak ? "W/\"\(opaque)\"" : "\"\(opaque)\"" }
}

/// What `If-Match` and `If-None-Match` name (RFC 9110 sections 13.1.1 and 13.1.2).
package enum EntityTagList: Sendable, Hashable {
    /// `*`: any state, if there is one.
    case any
    /// These; those after one that is malformed are left out.
    case tags([EntityTag])

    /// Reads the values of all fields with the name; nil if there is none.
    package init?(_ values: [String]) {
        guard !values.isEmpty else { return nil }
        var tags: [EntityTag] = []
        for value in values {
            var scanner = EntityTagScanner(value)
            if scanner.isAsterisk {
                self = .any
                return
            }
            while let tag = scanner.nextTag() { tags.append(tag) }
        }
        self = .tags(tags)
    }

    /// Whether a tag fits one of them.
    package func contains(where fits: (EntityTag) -> Bool) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains(where: fits)
        }
    }
}

/// A walk over a list of entity tags.
private struct EntityTagScanner {
    private let octets: [UInt8]
    private var index = 0

    init(_ value: String) {
        let octets = [UInt8](value.utf8)
        self.octets = Array(octets[ASCII.trimmed(0..<octets.count, in: octets)])
    }

    var isAtEnd: Bool { index >= octets.count }

    var isAsterisk: Bool { octets == [ASCII.asterisk] }

    /// The next tag of a list; empty elements do not count (section 5.6.1.2).
    mutating func nextTag() -> EntityTag? {
        while index < octets.count, ASCII.isBlank(octets[index]) || octets[index] == ASCII.comma { index += 1 }
        guard let tag = tag() else { return nil }
        while index < octets.count, ASCII.isBlank(octets[index]) { index += 1 }
        guard isAtEnd || octets[index] == ASCII.comma else { return nil }
        return tag
    }

    /// `[ "W/" ] DQUOTE *etagc DQUOTE`; `W` is a capital.
    mutating func tag() -> EntityTag? {
        var isWeak = false
        if index + 1 < octets.count, octets[index] == UInt8(ascii: "W"), octets[index + 1] == ASCII.slash {
            isWeak = true
            index += 2
        }
        guard index < octets.count, octets[index] == ASCII.quote else { return nil }
        index += 1
        let start = index
        while index < octets.count, octets[index] != ASCII.quote {
            guard octets[index] > ASCII.space, octets[index] != ASCII.delete else { return nil }
            index += 1
        }
        guard index < octets.count else { return nil }
        index += 1
        return EntityTag(scanned: ASCII.text(octets, start..<(index - 1)), isWeak: isWeak)
    }
}
