// Owns what a program sees of an event that is in the log. It shares the log's own object, and must never copy its data.

public import EventStream
import Hub
import Network

/// An event that is in the log, or the news that some are gone.
public struct PublishedEvent: Sendable {
    private let content: Content

    private enum Content: Sendable {
        case logged(LoggedEvent, topics: [TopicName]?)
        case gap(id: String, Gap, time: Int)
    }

    /// All of an event.
    init(_ event: LoggedEvent) { content = .logged(event, topics: nil) }

    /// An event, and those of its topics that its reader may read.
    init(_ event: LoggedEvent, topics: [TopicName]) { content = .logged(event, topics: topics) }

    /// A gap that ends at an id.
    init(_ gap: Gap, id: String) { content = .gap(id: id, gap, time: Process.time) }

    /// Its id, after which a reader can go on.
    public var id: String {
        switch content {
        case .logged(let event, _): event.id
        case .gap(let id, _, _): id
        }
    }

    /// The topics it was published to, as far as the reader may read them; none of a gap.
    public var topics: [String] {
        switch content {
        case .logged(_, let topics?): topics.map(\.text)
        case .logged(let event, nil): event.draft.topics.map(\.text)
        case .gap: []
        }
    }

    /// What `event:` carries, if anything; `fanfare.gap` for a gap.
    public var type: String? {
        switch content {
        case .logged(let event, _): event.draft.type
        case .gap: Gap.eventType
        }
    }

    /// What `data:` carries. For a gap a JSON object: `requested` is the id after which the reader wanted to go on, `reason`
    /// is `expired`, `epoch` or `unknown`, and `repeats` tells whether what it had may come again.
    public var data: String {
        switch content {
        case .logged(let event, _): event.draft.data
        case .gap(_, let gap, _): gap.text
        }
    }

    /// When it was published, in milliseconds since 1970 UTC: for people, never for order. For a gap, when it was noticed.
    public var time: Int {
        switch content {
        case .logged(let event, _): event.time
        case .gap(_, _, let time): time
        }
    }

    /// Whether it is for those only who may read one of its topics.
    public var isPrivate: Bool {
        if case .logged(let event, _) = content { return event.draft.isPrivate }
        return false
    }

    /// Whether it is no event, but stands where events were that retention has let go of, or that another log had.
    public var isGap: Bool {
        if case .gap = content { return true }
        return false
    }

    /// The event as a stream shows it: its data, type and id.
    public var event: Event { Event(data, type: type, id: id) }
}
