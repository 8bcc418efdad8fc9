import ByteSearch

/// What a stream subscribes to: a topic in which `*` stands for one segment and a last `**` for one or more.
///
/// Topics whose first segment begins with `$` are the hub's own: only a pattern with that literal first segment
/// matches them.
package struct TopicPattern: Hashable, Sendable {
    /// The pattern as it was given.
    package let text: String
    /// Whether it has no wildcard, so that it is a topic's own name.
    package let isExact: Bool

    /// Takes `text` as a pattern.
    ///
    /// - Throws: `HubError` of the code `.badTopic`, which says what is wrong with it.
    package init(_ text: String) throws(HubError) {
        try TopicName.checkCharacters(of: text.utf8.span, as: "topic")
        var wild = false
        var sawDoubleStar = false
        for segment in TopicSegments(text) {
            if sawDoubleStar {
                throw HubError(.badTopic, "the topic \"\(text)\" goes on after \"**\": it may only be the last segment")
            }
            if segment == "**" { sawDoubleStar = true }
            if segment == "*" || segment == "**" { wild = true }
        }
        self.text = text
        isExact = !wild
    }

    /// The topic of this name, if the pattern has no wildcard.
    package var topic: TopicName? { isExact ? TopicName(unchecked: text) : nil }

    /// Whether it matches topics of the hub's own only: its first segment begins with `$`.
    package var isReserved: Bool { text.utf8.first == UInt8(ascii: "$") }

    /// Whether it matches every topic that is not one of the hub's own.
    package var isEverything: Bool { text == "**" }

    /// The pattern that matches just this topic.
    package init(_ topic: TopicName) {
        text = topic.text
        isExact = true
    }

    /// Takes segments of patterns that were checked before.
    init(unchecked text: String) {
        self.text = text
        isExact = TopicSegments(text).allSatisfy { $0 != "*" && $0 != "**" }
    }

    /// The pattern that matches all topics below this one, whose name must leave room for it.
    init(below topic: TopicName) {
        text = topic.text + "/**"
        isExact = false
    }

    package static func == (one: TopicPattern, other: TopicPattern) -> Bool { one.text.hasBytes(of: other.text) }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// Whether the pattern matches a topic. O(bytes of both).
    package func matches(_ topic: TopicName) -> Bool { matches(topic.text.utf8.span) }

    /// Whether the pattern matches the topic of these bytes. O(bytes of both).
    package func matches(_ given: Span<UInt8>) -> Bool {
        let wanted = text.utf8.span
        if isExact { return given.count == wanted.count && given.holds(wanted, at: 0) }
        if !given.isEmpty, given[0] == UInt8(ascii: "$"), Self.stars(of: wanted, at: 0) > 0 { return false }
        // Where the next segments begin; beyond the end when there is none.
        var want = 0
        var have = 0
        while want <= wanted.count {
            guard have <= given.count else { return false }
            switch Self.stars(of: wanted, at: want) {
            case 2: return true
            case 1:
                want += 2
                while Self.byte(of: given, at: have) != Self.slash { have += 1 }
                have += 1
            default:
                var byte: UInt8
                repeat {
                    byte = Self.byte(of: wanted, at: want)
                    if Self.byte(of: given, at: have) != byte { return false }
                    want += 1
                    have += 1
                } while byte != Self.slash
            }
        }
        return have > given.count
    }

    private static var slash: UInt8 { UInt8(ascii: "/") }

    /// A byte of some segments; the last one ends in a slash too.
    private static func byte(of segments: Span<UInt8>, at index: Int) -> UInt8 {
        index < segments.count ? segments[index] : slash
    }

    /// How many stars the segment that begins at `index` is made of, if it is a wildcard; else 0.
    static func stars(of segments: Span<UInt8>, at index: Int) -> Int {
        let star = UInt8(ascii: "*")
        guard byte(of: segments, at: index) == star else { return 0 }
        if byte(of: segments, at: index + 1) == slash { return 1 }
        guard byte(of: segments, at: index + 1) == star else { return 0 }
        return byte(of: segments, at: index + 2) == slash ? 2 : 0
    }
}

extension [TopicPattern] {
    /// The topics that these are; `nil` if there is a wildcard among them.
    package var topics: [TopicName]? {
        let topics = compactMap(\.topic)
        return topics.count == count ? topics : nil
    }
}
