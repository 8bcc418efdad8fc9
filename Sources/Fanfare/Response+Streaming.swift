// Owns the making of responses that are not there in full when they begin.

public import Answers
public import EventStream
import Hub
import TimerWheel
import Wishes
import Workers

extension Response {
    /// A stream of the hub's events on some topics: what `GET /subscribe` is, on a route of the program's own. It takes
    /// no task.
    ///
    /// It is resumed where the client's `Last-Event-ID` says. It is answered 204 if all of its topics have ended and the
    /// client has had their last events, and if the client was told not to come back.
    ///
    /// - Parameters:
    ///   - topics: topics and patterns, at least one. Whoever asks gets all that they match, private events too: what a client
    ///     says belongs into a ``Topic``'s open place, or `*` in it would be a pattern; and ``Request/identity()`` tells who asks.
    ///   - user: whose stream it is.
    ///   - start: where it begins if the request names no id; `nil` is where `since=` in its query says, else now.
    ///   - presentation: how each event is shown; keep it, since only streams with the very same one share their bytes.
    ///   - timeout: how long it may be open. It then ends in a way after which a client comes back.
    ///   - fields: further fields of the response. One that could break the head is answered with 500.
    public static func stream(
        of topics: [String], user: String? = nil, from start: StreamStart? = nil,
        as presentation: EventPresentation = .plain, timeout: Duration? = nil, fields: HTTPFields = HTTPFields()
    ) -> Response {
        let stream = StreamResponse(
            topics: topics, user: user, start: start?.start, startsUnread: start == .unread,
            presentation: presentation.presentation,
            timeout: timeout?.milliseconds)
        return Response(.stream(stream), fields: fields)
    }

    /// A stream of the program's own events, as a sequence has them.
    ///
    /// The sequence is read no faster than the client takes its events. When the client goes away, its task is cancelled.
    ///
    /// - Parameters:
    ///   - sequence: the events. The stream ends with it; an error that it throws is logged, and ends the stream too.
    ///   - retry: how long the client waits before it comes back, give or take half; `nil` is as the server has it.
    ///   - user: whose stream it is, as `GET /connections` lists it and by whom `DELETE /connections` ends it.
    ///   - fields: further fields of the response. One that could break the head is answered with 500.
    public static func events<Events: AsyncSequence & Sendable>(
        _ sequence: Events, retry: Duration? = nil, user: String? = nil, fields: HTTPFields = HTTPFields()
    ) -> Response where Events.Element == Event {
        events(retry: retry, user: user, fields: fields) { sender in
            for try await event in sequence { try await sender.send(event) }
        }
    }

    /// A stream of events that the program sends.
    ///
    /// It begins at once, beats while it is idle, and counts as an event stream: it is listed by `GET /connections`, and
    /// has its place among `Configuration.maxStreamsPerUser` and `maxStreamsPerAddress`. When the server stops, the
    /// client is told to come back.
    ///
    /// - Parameters:
    ///   - retry: how long the client waits before it comes back, give or take half; `nil` is as the server has it.
    ///   - user: whose stream it is, as `GET /connections` lists it and by whom `DELETE /connections` ends it.
    ///   - fields: further fields of the response. One that could break the head is answered with 500.
    ///   - send: sends the events; the stream ends with it. It runs in a task on the loop that serves the client, and so
    ///     must not block. The task is cancelled when the client goes away. An error that it throws is logged, and ends the
    ///     stream too.
    public static func events(
        retry: Duration? = nil, user: String? = nil, fields: HTTPFields = HTTPFields(),
        _ send: @escaping @Sendable (EventSender) async throws -> Void
    ) -> Response {
        let outflow = OutflowResponse(kind: .events(retry: retry?.milliseconds, user: user)) { pipe in
            try await send(EventSender(pipe: pipe))
        }
        return Response(.outflow(outflow), fields: fields)
    }

    /// A response with a body of bytes, as a sequence has them; of any length, and of that only a little in memory.
    ///
    /// The sequence is read no faster than the client takes its bytes. When the client goes away, its task is cancelled.
    ///
    /// - Parameters:
    ///   - sequence: the bytes. If it throws, the client sees that the body is not whole: its connection, or its stream of
    ///     HTTP/2, is reset; and the error is logged.
    ///   - type: the media type.
    ///   - length: how many bytes there will be, if that is known. If there are others, it is as if it threw. One below 0 is
    ///     answered with 500.
    ///   - fields: further fields of the response. One that could break the head is answered with 500.
    public static func body<Bytes: AsyncSequence & Sendable>(
        _ sequence: Bytes, type: String = "application/octet-stream", length: Int? = nil,
        fields: HTTPFields = HTTPFields()
    ) -> Response where Bytes.Element == [UInt8] {
        body(type: type, length: length, fields: fields) { body in
            for try await bytes in sequence { try await body.write(bytes) }
        }
    }

    /// A response with a body that the program writes; of any length, and of that only a little in memory.
    ///
    /// - Parameters:
    ///   - type: the media type.
    ///   - length: how many bytes there will be, if that is known. If there are others, it is as if `write` threw. One below
    ///     0 is answered with 500.
    ///   - fields: further fields of the response. One that could break the head is answered with 500.
    ///   - write: writes the body, which ends with it. It runs in a task on the loop that serves the client, and so must
    ///     not block; not for a request with HEAD. The task is cancelled when the client goes away. If it throws, the
    ///     client sees that the body is not whole: its connection, or its stream of HTTP/2, is reset; and the error is
    ///     logged.
    public static func body(
        type: String = "application/octet-stream", length: Int? = nil, fields: HTTPFields = HTTPFields(),
        _ write: @escaping @Sendable (BodyWriter) async throws -> Void
    ) -> Response {
        if let length, length < 0 { return failed("its length of \(length) bytes is less than nothing") }
        let outflow = OutflowResponse(kind: .body(length: length)) { pipe in try await write(BodyWriter(pipe: pipe)) }
        return Response(.outflow(outflow), fields: fields.typed(type))
    }

    /// Has `handler` called when the response is over: once for each time that it is sent, when nothing more will be
    /// written of it, whatever became of it. For one that is no stream that is at once.
    ///
    /// It is called on a thread of the server, and must be quick.
    ///
    /// - Returns: the response that does so.
    public func onClose(_ handler: @escaping @Sendable (_ reason: StreamCloseReason) -> Void) -> Response {
        var response = self
        response.closeHandlers.append(handler)
        return response
    }
}
