// Owns the checks of what is asked to become of an inbox, whoever asks. Must never differ between those who ask over HTTP
// and the program itself.

package import Hub

extension InboxChange {
    /// The wish that an inbox have some patterns in place of those that were added before.
    ///
    /// - Parameters:
    ///   - texts: all patterns that are to be added.
    ///   - user: whose inbox.
    ///   - most: so many may be added.
    /// - Throws: `HubError`, which says what is wrong.
    package init(adding texts: [String], to user: InboxUser, most: Int) throws(HubError) {
        guard texts.count <= most else {
            throw HubError(
                .tooManyTopics, "\(texts.count) topics are to be added: at most \(most) are allowed (--max-topics)")
        }
        var patterns: [TopicPattern] = []
        for text in texts {
            let pattern = try TopicPattern(text)
            if pattern.isReserved {
                throw HubError(
                    .badTopic,
                    "the topic \"\(text)\" begins with \"$\": those are the hub's own, and are never in the log")
            }
            patterns.append(pattern)
        }
        self.init(user, .add(patterns))
    }

    /// The word that everything, or all of a topic, was read up to the event of an id.
    ///
    /// - Throws: `HubError`, which says what is wrong.
    package init(acknowledging id: String, on topic: String?, of user: InboxUser) throws(HubError) {
        var name: TopicName?
        if let topic { name = try TopicName(topic) }
        self.init(user, .acknowledge(id: id, topic: name))
    }
}
