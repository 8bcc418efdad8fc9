// Owns how an event is shown. The id is always the event's own, or the stream could not be resumed.

package import EventStream
package import JSONText

/// How a stream shows the events that it gets.
package enum Presentation: Hashable, Sendable {
    /// As they were published.
    case plain
    /// With `data` a JSON object of all that is known of the event.
    case envelope
    /// As a route of the program wants it.
    case custom(CustomPresentation)

    /// Appends the block of `event` as this presentation has it. The id is always the event's own.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - access: decides on the topics that it is shown with.
    ///   - bytes: gets the block.
    func append(_ event: LoggedEvent, readableBy access: ReadAccess, to bytes: inout [UInt8]) {
        switch self {
        case _ where event.draft.isSilent:
            EventEncoder.appendBlock(
                id: event.id, type: nil, data: nil, retryMilliseconds: event.draft.retry, to: &bytes)
        case .plain:
            EventEncoder.appendBlock(
                id: event.id, type: event.draft.type, data: event.draft.data, retryMilliseconds: event.draft.retry,
                to: &bytes)
        case .envelope:
            var json = JSONWriter()
            event.write(to: &json, readableBy: access, isPrivateShown: false)
            EventEncoder.appendBlock(
                id: event.id, type: event.draft.type, data: String(decoding: json.finish(), as: UTF8.self),
                retryMilliseconds: event.draft.retry, to: &bytes)
        case .custom(let custom):
            // Of one that is not to be shown the id is told, after which the client can go on.
            let shown = custom.present(event, event.topics(readableBy: access))
            if let comment = shown?.comment { EventEncoder.appendComment(comment, to: &bytes) }
            EventEncoder.appendBlock(
                id: event.id, type: shown?.type, data: shown?.data, retryMilliseconds: event.draft.retry, to: &bytes)
        }
    }
}

/// A presentation that a route brings along. Streams share their bytes only when they have the very same one.
package final class CustomPresentation: Hashable, Sendable {
    let present: @Sendable (_ event: LoggedEvent, _ topics: [TopicName]) -> Event?

    /// Shows each event by its type and data as `present` makes them, of the event and those of its topics that the reader
    /// may read, or not at all; it is called on every worker, and must be quick.
    package init(_ present: @escaping @Sendable (_ event: LoggedEvent, _ topics: [TopicName]) -> Event?) {
        self.present = present
    }

    package static func == (one: CustomPresentation, other: CustomPresentation) -> Bool { one === other }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension LoggedEvent {
    /// Those of its topics that a reader may read.
    package func topics(readableBy access: ReadAccess) -> [TopicName] {
        draft.topics.filter { access.allows($0, isPrivate: draft.isPrivate) }
    }

    /// Writes the event as a JSON object.
    ///
    /// - Parameters:
    ///   - json: gets the object.
    ///   - access: topics that it does not allow are left out.
    ///   - isPrivateShown: whether it is told if the event is private.
    package func write(to json: inout JSONWriter, readableBy access: ReadAccess, isPrivateShown: Bool = true) {
        json.beginObject()
        json.key("id")
        json.string(id)
        json.key("topics")
        json.beginArray()
        for topic in topics(readableBy: access) { json.string(topic.text) }
        json.endArray()
        json.key("type")
        if let type = draft.type { json.string(type) } else { json.null() }
        json.key("data")
        json.string(draft.data)
        json.key("time")
        json.string(Timestamp.text(time))
        if isPrivateShown {
            json.key("private")
            json.bool(draft.isPrivate)
        }
        json.endObject()
    }
}
