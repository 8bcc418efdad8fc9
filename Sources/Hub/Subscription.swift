/// What a stream is subscribed to, and how it wants it. Streams with the same one are served together.
package struct Subscription: Hashable, Sendable {
    /// The topics and patterns, each once, at least one.
    package let patterns: [TopicPattern]
    /// How events are shown.
    package let presentation: Presentation
    /// How blocks stand in the response's body.
    package let framing: Framing

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
    }
}
