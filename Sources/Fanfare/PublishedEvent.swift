// Owns what a program sees of an event that is in the log.

import Hub

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
