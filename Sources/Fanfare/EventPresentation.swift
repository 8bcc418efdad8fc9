// Owns how a program has the streams of its routes show events.

public import EventStream
import Hub

/// How the streams of a route show events: with another type or other data than they were published with.
public struct EventPresentation: Sendable {
    let presentation: Presentation

    /// As they were published.
    public static let plain = EventPresentation(presentation: .plain)

    /// With `data` a JSON object of all that is known of the event, as `envelope=true` has it.
    public static let envelope = EventPresentation(presentation: .envelope)

    private init(presentation: Presentation) { self.presentation = presentation }

    /// Shows each event by the type, data and comment of what `present` makes of it; id and retry stay the event's own.
    ///
    /// - Parameter present: called once for each event on each worker, on the delivery path: it must be quick. Where it
    ///   gives `nil` nothing fires: the client gets the event's id alone, after which it can resume.
    public init(_ present: @escaping @Sendable (PublishedEvent) -> Event?) {
        presentation = .custom(CustomPresentation { present(PublishedEvent($0, topics: $1)) })
    }
}
