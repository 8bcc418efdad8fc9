// Owns the checks that every event goes through before it is published, whoever publishes it. Must never differ between
// those who ask over HTTP and the program itself.

package import Hub
package import TimerWheel

/// What is asked of every event.
package struct EventRules: Sendable {
    /// How much it may have.
    private let limits: EventLimits
    /// The log's epoch, with which the hub's own ids begin.
    private let epoch: String

    /// - Parameters:
    ///   - limits: how much an event may have.
    ///   - epoch: the log's.
    package init(_ limits: EventLimits, epoch: String) {
        self.limits = limits
        self.epoch = epoch
    }

    /// Checks what is said of an event, and makes one of it.
    ///
    /// - Parameters:
    ///   - topic: the first topic,
    ///   - others: and the others.
    ///   - data: what it carries; only the last event of a topic may have none.
    ///   - retry: in milliseconds.
    /// - Throws: `HubError`, which says what is wrong.
    package func draft(
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
        if let id { try EventID.validate(own: id, epoch: epoch) }
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
}
