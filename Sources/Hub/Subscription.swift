// Owns what streams are told apart by. Streams of different rights must never be served together unless each gets and
// sees the very same.

/// What a stream gets, and how it wants it. Streams with the same one are served together.
package struct Subscription: Hashable, Sendable {
    /// What is wanted, as far as it may be read.
    package private(set) var filter: EventFilter
    /// How events are shown.
    package let presentation: Presentation
    /// How blocks stand in the response's body.
    package private(set) var framing: Framing
    /// Whose inbox it is, if it is one: then its topics change with the inbox.
    package let inbox: InboxUser?
    /// How often the inbox had been changed when it had these topics.
    package private(set) var revision = 0
    /// What may be read, where that matters beyond the filter: it decides on the topics that an event is shown with, and
    /// on what becomes of an inbox's topics. `nil` elsewhere.
    let access: ReadAccess?
    /// Whether it is over when its topics have ended: they are all that is wanted, and all of them may be read.
    private let endsWithTopics: Bool

    /// Puts the parts together; a pattern that is named twice counts once.
    ///
    /// - Throws: `HubError` of the code `.badTopic` if what is wanted and what may be read overlap in too many ways.
    package init(
        patterns: [TopicPattern], access: ReadAccess, presentation: Presentation = .plain, framing: Framing = .chunked
    ) throws(HubError) {
        filter = try EventFilter(patterns, within: access)
        self.presentation = presentation
        self.framing = framing
        inbox = nil
        // What is known of the others' bytes may be shared, as far as the topics that are shown are the same.
        self.access = presentation == .plain ? nil : access.ofEvents
        endsWithTopics = patterns.topics != nil && filter.patterns == patterns.eachOnce
    }

    /// Puts together what the streams of an inbox want. There everyone gets only what they were given to read: what may be
    /// read by all is not counted in an inbox, and so it is not sent.
    ///
    /// - Throws: `HubError` of the code `.badTopic` if what is wanted and what may be read overlap in too many ways.
    package init(
        _ topics: InboxTopics, access: ReadAccess, presentation: Presentation = .plain, framing: Framing = .chunked
    ) throws(HubError) {
        filter = try EventFilter(topics.patterns, within: access.own)
        self.presentation = presentation
        self.framing = framing
        inbox = topics.user
        revision = topics.revision
        self.access = access
        endsWithTopics = false
    }

    private init(nothing: Void) {
        filter = EventFilter([])
        presentation = .plain
        framing = .chunked
        inbox = nil
        access = nil
        endsWithTopics = false
    }

    /// That of nobody.
    static let nothing = Subscription(nothing: ())

    /// What it gets: the patterns that are wanted, as far as they may be read.
    package var patterns: [TopicPattern] { filter.patterns }

    /// The topics with whose end it is over; `nil` if it never is, since a pattern has no end.
    package var endTopics: [TopicName]? { endsWithTopics ? filter.patterns.topics : nil }

    /// What it is told from others by: the streams of an inbox stay together whatever its topics are.
    var key: Subscription {
        if inbox == nil { return self }
        var key = self
        key.filter = EventFilter([])
        key.revision = 0
        return key
    }

    /// The same with blocks that stand in the body in another way.
    package func framed(_ framing: Framing) -> Subscription {
        var changed = self
        changed.framing = framing
        return changed
    }

    /// The same with other topics of the inbox.
    ///
    /// - Throws: `HubError` of the code `.badTopic` if these and what may be read overlap in too many ways.
    func with(_ topics: InboxTopics) throws(HubError) -> Subscription {
        var changed = self
        changed.filter = try EventFilter(topics.patterns, within: (access ?? .nothing).own)
        changed.revision = topics.revision
        return changed
    }
}
