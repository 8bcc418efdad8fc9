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
        try TopicName.checkCharacters(of: text, as: "topic")
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

    /// The pattern that matches just this topic.
    package init(_ topic: TopicName) {
        text = topic.text
        isExact = true
    }

    package static func == (one: TopicPattern, other: TopicPattern) -> Bool { one.text.hasBytes(of: other.text) }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// Whether the pattern matches a topic. O(bytes of both).
    package func matches(_ topic: TopicName) -> Bool {
        if isExact { return text.hasBytes(of: topic.text) }
        var wanted = TopicSegments(text)
        var given = TopicSegments(topic.text)
        var isFirst = true
        while let want = wanted.next() {
            guard let have = given.next() else { return false }
            if want == "*" || want == "**" {
                if isFirst && have.utf8.first == UInt8(ascii: "$") { return false }
                if want == "**" { return true }
            } else if !want.hasBytes(of: have) {
                return false
            }
            isFirst = false
        }
        return given.next() == nil
    }
}
