import ByteSearch

/// The name of a topic: UTF-8 of 1 to 1024 bytes without control characters, whose segments are parted by `/`.
///
/// A URL is a topic too, so a segment may be empty. No segment is `*` or `**`: those are for patterns. Names are the
/// same when their bytes are.
package struct TopicName: Hashable, Sendable {
    /// The name as it was given.
    package let text: String

    /// The most bytes that a topic or a pattern may have.
    package static let longest = 1024

    /// Takes `text` as a topic's name.
    ///
    /// - Throws: `HubError` of the code `.badTopic`, which says what is wrong with it.
    package init(_ text: String) throws(HubError) {
        try Self.check(text.utf8.span)
        self.text = text
    }

    /// Refuses bytes that are no topic's name.
    package static func check(_ bytes: Span<UInt8>) throws(HubError) {
        try checkCharacters(of: bytes, as: "topic")
        if holdsStar(bytes) {
            // SAFETY: the bytes are read inside the closure only.
            let text = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
            for segment in TopicSegments(text) where segment == "*" || segment == "**" {
                throw HubError(
                    .badTopic, "the topic \"\(text)\" has the segment \"\(segment)\": wildcards are for subscribing")
            }
        }
    }

    /// Takes the text of a pattern without wildcards, which was checked before.
    init(unchecked text: String) { self.text = text }

    package static func == (one: TopicName, other: TopicName) -> Bool { one.text.hasBytes(of: other.text) }

    package func hash(into hasher: inout Hasher) {
        // SAFETY: the bytes are read inside the closure only.
        unsafe text.utf8.span.bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }

    /// Whether this topic is one of the hub's own: its first segment begins with `$`.
    package var isReserved: Bool { text.utf8.first == UInt8(ascii: "$") }

    private static func holdsStar(_ bytes: Span<UInt8>) -> Bool {
        let star = StopBytes(UInt8(ascii: "*"), UInt8(ascii: "*"))
        return bytes.firstIndex(of: star, in: 0..<bytes.count) < bytes.count
    }

    /// Refuses what neither a topic nor a pattern may hold.
    static func checkCharacters(of bytes: Span<UInt8>, as noun: StaticString) throws(HubError) {
        let length = bytes.count
        guard length > 0 else { throw HubError(.badTopic, "a \(noun) is empty: name at least one byte") }
        guard length <= longest else {
            throw HubError(.badTopic, "a \(noun) has \(length) bytes: at most \(longest) are allowed")
        }
        // C0 and DEL are one byte; C1, U+0080 to U+009F, is 0xC2 and a byte below 0xA0.
        let suspects = StopBytes(below: 0x20, 0x7F, 0xC2)
        var index = bytes.firstIndex(of: suspects, in: 0..<length)
        while index < length {
            // Bytes of a file may be no UTF-8, and end here.
            let next = index + 1 < length ? bytes[index + 1] : 0xA0
            guard bytes[index] == 0xC2, next >= 0xA0 else {
                throw HubError(.badTopic, "a \(noun) holds a control character: remove it")
            }
            index = bytes.firstIndex(of: suspects, in: min(index + 2, length)..<length)
        }
    }
}

/// The segments of a topic or a pattern, which `/` parts; empty ones count.
package struct TopicSegments: Sequence, IteratorProtocol {
    private var rest: Substring?

    /// Walks over the segments of `text`.
    package init(_ text: String) { rest = text[...] }

    package mutating func next() -> Substring? {
        guard let current = rest else { return nil }
        guard let slash = current.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            rest = nil
            return current
        }
        rest = current[current.utf8.index(after: slash)...]
        return current[..<slash]
    }
}

extension StringProtocol {
    /// Whether the bytes are the same. `==` asks whether the characters look the same, which a composed letter and its
    /// parts do.
    func hasBytes(of other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension String {
    /// Whether the bytes are the same; quicker than for parts of strings.
    package func hasBytes(of other: String) -> Bool {
        let (one, other) = (utf8.span, other.utf8.span)
        return one.count == other.count && one.holds(other, at: 0)
    }
}
