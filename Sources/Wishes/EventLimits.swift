// Owns the limits on what one request or event may hold, as the hub's endpoints ask for them.

package import Hub

/// How much one request, and one event, may have.
package struct EventLimits: Sendable {
    /// Topics and patterns of one subscription, patterns added to one inbox, topics of one event.
    package var topics: Int
    /// Bytes of one event.
    package var eventBytes: Int
    /// Bytes of one request's body.
    package var bodyBytes: Int

    package init(topics: Int, eventBytes: Int, bodyBytes: Int) {
        self.topics = topics
        self.eventBytes = eventBytes
        self.bodyBytes = bodyBytes
    }
}

extension EventLimits {
    /// Checks the topics and patterns that somebody asks for, of whom it is known that there is one.
    ///
    /// - Throws: `HubError`, which says what is wrong.
    package func patterns(_ texts: [String]) throws(HubError) -> [TopicPattern] {
        guard texts.count <= topics else {
            throw HubError(
                .tooManyTopics,
                "\(texts.count) topics are asked for: at most \(topics) are allowed (--max-topics)")
        }
        var patterns: [TopicPattern] = []
        patterns.reserveCapacity(texts.count)
        for text in texts { patterns.append(try TopicPattern(text)) }
        return patterns
    }
}
