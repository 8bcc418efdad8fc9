// Owns what reading has in common in every log: when a page is full, which events fit a request, and how many are looked
// at before others have a turn.

/// A page that is being filled.
package struct PageBuilder {
    private var events: [LoggedEvent] = []
    private var bytes = 0
    private let request: ReadRequest

    /// An empty page.
    package init(_ request: ReadRequest) { self.request = request }

    /// Whether nothing was added.
    package var isEmpty: Bool { events.isEmpty }

    /// Whether it has as much as was asked for.
    package var isFull: Bool { events.count >= request.events || bytes >= request.bytes }

    /// Adds an event. Tells whether the page is full.
    package mutating func add(_ event: LoggedEvent) -> Bool {
        events.append(event)
        bytes += event.draft.size
        return isFull
    }

    /// The page, which has all up to `cursor` that was asked for.
    package func page(through cursor: Position, lost: Position?) -> ReadPage {
        ReadPage(events: events, cursor: cursor, lostThrough: lost)
    }
}

extension [TopicPattern] {
    /// How many events a step that looks for wildcards examines: a quarter of a millisecond, or less.
    package var eventsAStep: Int { Swift.max(64, 2048 / Swift.max(1, count)) }

    /// Whether any of these patterns matches any topic of an event.
    package func match(_ event: LoggedEvent) -> Bool { match(event.draft.topics) }

    /// Whether any of these patterns matches any of some topics.
    package func match(_ topics: OneOrMore<TopicName>) -> Bool {
        topics.contains { topic in contains { $0.matches(topic) } }
    }
}
