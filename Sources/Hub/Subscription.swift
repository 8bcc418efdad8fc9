/// What a stream is subscribed to, and how it wants it. Streams with the same one are served together.
package struct Subscription: Hashable, Sendable {
    /// The topics and patterns, each once, at least one.
    package private(set) var patterns: [TopicPattern]
    /// How events are shown.
    package let presentation: Presentation
    /// How blocks stand in the response's body.
    package let framing: Framing
    /// Whose inbox it is, if it is one: then its topics change with the inbox.
    package let inbox: InboxUser?
    /// How often the inbox had been changed when it had these topics.
    package private(set) var revision = 0

    /// Puts the parts together; a pattern that is named twice counts once.
    package init(patterns: [TopicPattern], presentation: Presentation = .plain, framing: Framing = .chunked) {
        if patterns.count > 1 {
            var seen: Set<TopicPattern> = []
            self.patterns = patterns.filter { seen.insert($0).inserted }
        } else {
            self.patterns = patterns
        }
        self.presentation = presentation
        self.framing = framing
        inbox = nil
    }

    /// Puts together what the streams of an inbox want.
    package init(_ topics: InboxTopics, presentation: Presentation = .plain, framing: Framing = .chunked) {
        patterns = topics.patterns
        self.presentation = presentation
        self.framing = framing
        inbox = topics.user
        revision = topics.revision
    }

    /// What it is told from others by: the streams of an inbox stay together whatever its topics are.
    var key: Subscription {
        if inbox == nil { return self }
        var key = self
        key.patterns = []
        key.revision = 0
        return key
    }

    /// The same with other topics of the inbox.
    func with(_ topics: InboxTopics) -> Subscription {
        var changed = self
        changed.patterns = topics.patterns
        changed.revision = topics.revision
        return changed
    }
}
