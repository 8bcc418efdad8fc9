// Owns the names of those who have an inbox, and which topics are theirs by name. A user's name must never reach into
// another's topics.

/// Whose inbox it is: somebody whose name is one segment of a topic. Names are the same when their bytes are.
package struct InboxUser: Hashable, Sendable {
    /// The topic `users/U` of a user `U`.
    package let topic: TopicName

    /// The most bytes of a name: `users/U/**` is a pattern.
    package static let longest = TopicName.longest - "users/".utf8.count - "/**".utf8.count

    /// Takes `name` as a user's.
    ///
    /// - Throws: `HubError` of the code `.badUser`, which says what is wrong with it.
    package init(_ name: String) throws(HubError) {
        let length = name.utf8.count
        guard length > 0 else { throw HubError(.badUser, "the user is empty: name at least one byte") }
        guard length <= Self.longest else {
            throw HubError(.badUser, "the user has \(length) bytes: at most \(Self.longest) are allowed")
        }
        guard !name.utf8.contains(UInt8(ascii: "/")), !name.hasBytes(of: "*"), !name.hasBytes(of: "**") else {
            throw HubError(
                .badUser, "the user \"\(name)\" is not one segment of a topic: it must not hold \"/\", nor be * or **")
        }
        do throws(HubError) {
            topic = try TopicName(Self.home + name)
        } catch {
            throw HubError(.badUser, "the user holds a control character: remove it")
        }
    }

    /// The user to whose inbox a topic belongs by its name: `U` for `users/U` and what is below it.
    package init?(owning topic: TopicName) {
        guard topic.isOfUsers else { return nil }
        let bytes = topic.text.utf8
        let start = bytes.index(bytes.startIndex, offsetBy: Self.home.utf8.count)
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) else {
            if start == bytes.endIndex { return nil }
            self.topic = topic
            return
        }
        if start == end { return nil }
        self.topic = TopicName(unchecked: String(topic.text[..<end]))
    }

    /// The name.
    package var name: String {
        let bytes = topic.text.utf8
        return String(topic.text[bytes.index(bytes.startIndex, offsetBy: Self.home.utf8.count)...])
    }

    /// What all topics below `users/U` begin with.
    package var prefix: String { topic.text + "/" }

    /// The patterns that match what is in every inbox of this user: `users/U` and `users/U/**`.
    package var ownPatterns: [TopicPattern] { [TopicPattern(topic), TopicPattern(below: topic)] }

    /// Whether a topic or pattern is `users/U` or lies below it, so that it adds nothing.
    package func owns(_ text: String) -> Bool {
        text.hasBytes(of: topic.text) || text.utf8.starts(with: prefix.utf8)
    }

    fileprivate static let home = "users/"
}

extension TopicName {
    /// Whether it lies below `users/`, where inboxes have their topics.
    package var isOfUsers: Bool { text.utf8.starts(with: InboxUser.home.utf8) }
}
