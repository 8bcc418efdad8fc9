// Short ways to ask a hub that lets everyone read everything.

package import Hub

extension Subscription {
    /// What somebody gets who may read everything.
    package init(patterns: [TopicPattern], presentation: Presentation = .plain, framing: Framing = .chunked) {
        try! self.init(patterns: patterns, access: .everything, presentation: presentation, framing: framing)
    }

    /// What somebody gets of an inbox who may read everything.
    package init(_ topics: InboxTopics, presentation: Presentation = .plain, framing: Framing = .chunked) {
        try! self.init(topics, access: .everything, presentation: presentation, framing: framing)
    }
}

extension LocateRequest {
    /// The wish of somebody who may read everything.
    package init(patterns: [TopicPattern], start: Start, through: Position, clock: Clock) {
        self.init(filter: EventFilter(patterns), start: start, through: through, clock: clock)
    }
}

extension ReadRequest {
    /// The wish of somebody who may read everything.
    package init(
        patterns: [TopicPattern], after: Position, through: Position, events: Int, bytes: Int, takesBlocks: Bool = false
    ) {
        self.init(
            filter: EventFilter(patterns), after: after, through: through, events: events, bytes: bytes,
            takesBlocks: takesBlocks)
    }
}

extension EventLog {
    /// What is unread in a user's inbox, for somebody who may read everything.
    package func summary(
        of user: InboxUser, after: String? = nil, most: Int = 100
    ) async throws(HubError) -> InboxSummary {
        try await summary(of: user, within: .everything, after: after, most: most)
    }

    /// What a stream of an inbox is subscribed to, and where it starts, for somebody who may read everything.
    package func unreadStart(of user: InboxUser) async throws(HubError) -> (topics: InboxTopics, start: Start) {
        try await unreadStart(of: user, within: .everything)
    }
}
