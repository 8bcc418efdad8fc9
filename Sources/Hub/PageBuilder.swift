// Owns what reading has in common in every log: when a page is full, which events fit a request, and how many are looked
// at before others have a turn.

import EventStream
package import TimerWheel

/// A page that is being filled, with events or with blocks.
package struct PageBuilder {
    private var events: [LoggedEvent] = []
    private var blocks: [UInt8] = []
    private var count = 0
    private var bytes = 0
    private let request: ReadRequest

    /// An empty page.
    package init(_ request: ReadRequest) { self.request = request }

    /// Whether nothing was added.
    package var isEmpty: Bool { count == 0 }

    /// Whether it has as much as was asked for.
    package var isFull: Bool { count >= request.events || bytes >= request.bytes }

    /// Adds an event. Tells whether the page is full.
    package mutating func add(_ event: LoggedEvent) -> Bool {
        events.append(event)
        count += 1
        bytes += event.draft.size
        return isFull
    }

    /// Adds an event as a block, of parts that are in memory elsewhere: no event is made of them. They are checked as a
    /// draft's are. Tells whether the page is full.
    ///
    /// - Parameters:
    ///   - position: its place.
    ///   - epoch: the epoch in which it was committed.
    ///   - id: the publisher's own id; empty if there is none.
    ///   - type: empty if there is none.
    ///   - data: its data; `nil` if it was given none.
    ///   - retry: in milliseconds.
    package mutating func addBlock(
        position: Position, epoch: String, id: Span<UInt8>, type: Span<UInt8>, data: Span<UInt8>?, retry: Milliseconds?
    ) throws(HubError) -> Bool {
        try Draft.check(type: type)
        try Draft.check(retry: retry)
        if count == 0 { blocks.reserveCapacity(request.bytes + request.bytes / 8) }
        if id.isEmpty {
            var text = InlineArray<64, UInt8>(repeating: 0)
            let start = EventID.write(epoch: epoch, position, toEndOf: &text)
            EventEncoder.appendBlock(
                id: text.span.extracting(start..<text.count), type: type, data: data, retryMilliseconds: retry,
                to: &blocks)
        } else {
            EventEncoder.appendBlock(id: id, type: type, data: data, retryMilliseconds: retry, to: &blocks)
        }
        count += 1
        bytes = blocks.count
        return isFull
    }

    /// The page, which has all up to `cursor` that was asked for.
    package func page(through cursor: Position, lost: Position?) -> ReadPage {
        ReadPage(events: events, blocks: blocks, cursor: cursor, lostThrough: lost)
    }
}

extension [TopicPattern] {
    /// Whether any of these patterns matches any of some topics.
    package func match(_ topics: OneOrMore<TopicName>) -> Bool {
        topics.contains { topic in contains { $0.matches(topic) } }
    }

    /// Whether any of these patterns matches the topic of these bytes.
    package func match(_ topic: Span<UInt8>) -> Bool {
        for pattern in self where pattern.matches(topic) { return true }
        return false
    }
}
