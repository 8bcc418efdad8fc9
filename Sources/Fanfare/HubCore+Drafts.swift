// Owns the checks that every event goes through before it is published, whoever publishes it. Must never differ between
// those who ask over HTTP and the program itself.

import Hub
import Settings
import TimerWheel

extension HubCore {
    /// Checks what is said of an event, and makes one of it.
    ///
    /// - Parameters:
    ///   - topic: the first topic,
    ///   - others: and the others.
    ///   - data: what it carries; only the last event of a topic may have none.
    ///   - retry: in milliseconds.
    /// - Throws: `HubError`, which says what is wrong.
    func draft(
        topic: String, others: [String], data: String?, type: String?, id: String?, retry: Milliseconds?,
        isEnd: Bool = false, isPrivate: Bool = false
    ) throws(HubError) -> Draft {
        let count = 1 + others.count
        guard count <= limits.topics else {
            throw HubError(
                .tooManyTopics, "the event has \(count) topics: at most \(limits.topics) are allowed")
        }
        let first = try TopicName(topic)
        var names: [TopicName] = []
        for topic in others { names.append(try TopicName(topic)) }
        if let id { try EventID.validate(own: id, epoch: log.epoch) }
        let draft = try Draft(
            topics: OneOrMore(first, names), data: data, type: type, id: id, retry: retry, isEnd: isEnd,
            isPrivate: isPrivate)
        guard draft.size <= limits.eventBytes else {
            throw HubError(
                .tooLarge,
                "the event has \(draft.size) bytes: at most \(limits.eventBytes) are allowed (--max-event-size)"
            )
        }
        return draft
    }

    /// Checks the topics and patterns of a subscription.
    ///
    /// - Throws: `HubError`, which says what is wrong.
    func patterns(_ texts: [String]) throws(HubError) -> [TopicPattern] {
        guard !texts.isEmpty else {
            throw HubError(.tooManyTopics, "no topic is asked for: name at least one")
        }
        return try limits.patterns(texts)
    }
}

extension EventLimits {
    /// Checks the topics and patterns that somebody asks for, of whom it is known that there is one.
    ///
    /// - Throws: `HubError`, which says what is wrong.
    func patterns(_ texts: [String]) throws(HubError) -> [TopicPattern] {
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
