// Owns the order of topics in lists: that of their bytes.

/// Topics between two names, in the order of their bytes; neither name is among them.
package struct TopicRange: Sendable {
    /// The name after which it begins; `nil` for the very first.
    package let after: String?
    /// The name before which it ends; `nil` when there is no end.
    package internal(set) var before: String?

    /// All topics after a name, and before another if there is one.
    package init(after: String?, before: String? = nil) {
        self.after = after
        self.before = before
    }

    /// All topics that begin with a prefix and go on after it; the prefix ends in a slash, or is empty.
    package init(below prefix: String) {
        // No character comes between the slash and the naught.
        self.init(
            after: prefix.isEmpty ? nil : prefix,
            before: prefix.isEmpty ? nil : String(decoding: prefix.utf8.dropLast(), as: UTF8.self) + "0")
    }

    /// Whether it has no topics but such as lie below `users/`.
    package var isOfUsers: Bool {
        guard let after, let before else { return false }
        return !TopicRange.precedes(after, "users/") && !TopicRange.precedes("users0", before)
    }

    /// Whether a topic is one of them.
    package func contains(_ topic: TopicName) -> Bool {
        if let after, !TopicRange.precedes(after, topic.text) { return false }
        if let before { return TopicRange.precedes(topic.text, before) }
        return true
    }

    /// Whether a name comes before another: the order of lists, which tells names apart that look the same.
    static func precedes(_ one: String, _ other: String) -> Bool {
        let one = one.utf8.span
        let other = other.utf8.span
        for index in 0..<min(one.count, other.count) where one[index] != other[index] {
            return one[index] < other[index]
        }
        return one.count < other.count
    }
}
