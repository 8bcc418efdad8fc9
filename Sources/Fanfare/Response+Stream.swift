// Owns how a route answers with a stream of the hub's, and how it shows the events there.

public import EventStream
import Hub

extension Response {
    struct StreamResponse: Sendable {
        let topics: [String]
        let user: String?
        let presentation: Presentation
    }

    /// A stream of the hub's events on some topics, resumed where the client's `Last-Event-ID` says.
    ///
    /// - Parameters:
    ///   - topics: topics and patterns, at least one.
    ///   - user: whose stream it is.
    ///   - presentation: how each event is shown; keep it, since only streams with the very same one share their bytes.
    public static func stream(of topics: [String], user: String? = nil, as presentation: EventPresentation) -> Response
    {
        Response(.stream(StreamResponse(topics: topics, user: user, presentation: .custom(presentation.custom))))
    }
}

/// How the streams of a route show events: with another type or other data than they were published with.
public struct EventPresentation: Sendable {
    let custom: CustomPresentation

    /// Shows each event by the type and data of what `present` makes of it; the id stays the event's own.
    ///
    /// - Parameter present: called once for each event on each worker, on the delivery path: it must be quick.
    public init(_ present: @escaping @Sendable (PublishedEvent) -> Event) {
        custom = CustomPresentation { present(PublishedEvent($0, topics: $1)) }
    }
}

/// An event that is in the log.
public struct PublishedEvent: Sendable {
    /// Its id, after which a client can go on.
    public let id: String
    /// The topics it was published to, as far as the reader may read them.
    public let topics: [String]
    /// What `event:` carries, if anything.
    public let type: String?
    /// What `data:` carries.
    public let data: String

    init(_ event: LoggedEvent, topics: [TopicName]) {
        id = event.id
        self.topics = topics.map(\.text)
        type = event.draft.type
        data = event.draft.data
    }
}
