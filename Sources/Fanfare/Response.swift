// Owns what a route's handler can answer: values, which must never reach the connection but by its worker.

public import EventStream
import HTTPMessage
import Hub
import Proxies
import TimerWheel

/// What a route answers.
public struct Response: Sendable {
    let content: Content

    enum Content: Sendable {
        case answer(Answer)
        case stream(StreamResponse)
        case declined
    }

    struct StreamResponse: Sendable {
        let topics: [String]
        let user: String?
        let presentation: Presentation
    }

    /// Leaves the request to the next route that fits it.
    public static let declined = Response(content: .declined)

    /// Some text of a media type, as `text/html; charset=utf-8`.
    ///
    /// - Parameters:
    ///   - text: the body.
    ///   - type: its media type.
    ///   - fields: further fields of the response. One that could break the head is answered with 500.
    public static func text(
        _ text: String, type: String = "text/plain; charset=utf-8", fields: [String: String] = [:]
    ) -> Response {
        var answer = Answer(.ok, body: Array(text.utf8))
        do throws(MessageError) {
            try answer.add("Content-Type", type)
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) { try answer.add(name, value) }
        } catch {
            answer = Problem(error).answer
        }
        return Response(content: .answer(answer))
    }

    /// An error for the client, as RFC 9457 has it.
    ///
    /// - Parameters:
    ///   - status: from 400 to 599.
    ///   - kind: the stable name of the kind of error.
    ///   - detail: what to change.
    public static func problem(_ status: Int, _ kind: String, _ detail: String) -> Response {
        guard let status = Status(status), status.code >= 400 else {
            preconditionFailure("\(status) is no status of an error")
        }
        return Response(content: .answer(Problem(status, kind, detail).answer))
    }

    /// A stream of the hub's events on some topics, resumed where the client's `Last-Event-ID` says.
    ///
    /// - Parameters:
    ///   - topics: topics and patterns, at least one.
    ///   - user: whose stream it is.
    ///   - presentation: how each event is shown; keep it, since only streams with the very same one share their bytes.
    public static func stream(of topics: [String], user: String? = nil, as presentation: EventPresentation) -> Response
    {
        Response(
            content: .stream(StreamResponse(topics: topics, user: user, presentation: .custom(presentation.custom))))
    }

    /// What becomes of an error that a handler throws.
    static func failure(
        _ error: any Error, of request: Request, _ client: ClientAddress?, _ logger: Logger
    ) -> Response {
        if let error = error as? MessageError { return Response(content: .answer(Problem(error).answer)) }
        if let problem = error as? Problem { return Response(content: .answer(problem.answer)) }
        logger.write(
            .error, "a route failed",
            ["path": request.path, "error": "\(error)", "address": client?.description ?? ""])
        let problem = Problem(
            .internalServerError, "failed", "the server failed to answer: its log says why")
        return Response(content: .answer(problem.answer))
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

extension Worker {
    /// Sends what a route answered.
    func send(_ response: Response, to request: Request, on exchange: Exchange) {
        switch response.content {
        case .answer(let answer):
            exchange.answer(answer)
        case .stream(let stream):
            do throws(Problem) {
                open(
                    try SubscribeQuery(
                        request.head, topics: stream.topics, user: stream.user, presentation: stream.presentation,
                        limits: core.configuration), on: exchange, request.head)
            } catch {
                exchange.answer(error)
            }
        case .declined:
            break
        }
    }
}
