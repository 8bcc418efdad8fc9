// Owns what a route's handler can answer: values, which must never reach the connection but by its worker.

public import Answers
public import HTTPMessage
import Wishes
import Workers

/// What a route answers: a status, fields, and content that is there already or comes bit by bit.
public struct Response: Sendable {
    /// The status; of an event stream always 200.
    public var status: Status
    /// The fields, in the order in which they are sent. What frames the body (`Content-Length`, `Transfer-Encoding`,
    /// `Connection`) and `Date` are the server's to write. An event stream's own (`Content-Type`, `Cache-Control`,
    /// `X-Accel-Buffering`, `X-Content-Type-Options`) stay what they are, whatever stands here.
    public var fields: HTTPFields
    let content: Content
    /// The kind of the problem that it tells, for the counters.
    var refusal: String?
    /// What is to be called when it is over.
    var closeHandlers: [@Sendable (StreamCloseReason) -> Void] = []

    enum Content: Sendable {
        /// Content that is there.
        case bytes([UInt8])
        /// A stream of the hub's.
        case stream(StreamResponse)
        /// Content that the program writes while it is sent.
        case outflow(OutflowResponse)
        /// The next route is asked.
        case declined
        /// It could not be made, or makes no sense; the log is told why.
        case failed(String)
    }

    init(_ content: Content, status: Status = .ok, fields: HTTPFields = HTTPFields()) {
        self.content = content
        self.status = status
        self.fields = fields
    }

    /// What stands for a response that makes no sense. What a program asks for may come of a request, and nothing that
    /// comes of a request ends the process.
    static func failed(_ reason: String) -> Response { Response(.failed(reason), status: .internalServerError) }

    /// Leaves the request to the next route that fits it.
    public static let declined = Response(.declined, status: .notFound)

    /// Whether the request is left to the next route.
    public var isDeclined: Bool {
        if case .declined = content { return true }
        return false
    }

    /// A status without content.
    public static func status(_ status: Status) -> Response { Response(.bytes([]), status: status) }

    /// Some text of a media type, as `text/html; charset=utf-8`.
    ///
    /// - Parameters:
    ///   - text: the body.
    ///   - status: the status.
    ///   - type: the text's media type, unless `fields` has another.
    ///   - fields: further fields of the response. One that could break the head is answered with 500.
    public static func text(
        _ text: String, status: Status = .ok, type: String = "text/plain; charset=utf-8",
        fields: HTTPFields = HTTPFields()
    ) -> Response {
        bytes(Array(text.utf8), status: status, type: type, fields: fields)
    }

    /// Bytes of a media type.
    ///
    /// - Parameters:
    ///   - bytes: the body.
    ///   - status: the status.
    ///   - type: the bytes' media type, unless `fields` has another.
    ///   - fields: further fields of the response.
    public static func bytes(
        _ bytes: [UInt8], status: Status = .ok, type: String = "application/octet-stream",
        fields: HTTPFields = HTTPFields()
    ) -> Response {
        Response(.bytes(bytes), status: status, fields: fields.typed(type))
    }

    /// Sends the client elsewhere.
    ///
    /// - Parameters:
    ///   - place: a path with or without a query, or a URL (RFC 9110, section 10.2.2). It goes out as it is: what stands
    ///     in it of a request has to be percent-encoded, and never to be the place itself.
    ///   - status: `.seeOther`, which has the browser ask for it with GET; `.found`, `.movedPermanently`,
    ///     `.temporaryRedirect` or `.permanentRedirect`. One that is not from 300 to 399 is answered with 500, and the log
    ///     says so.
    public static func redirect(to place: String, _ status: Status = .seeOther) -> Response {
        guard (300...399).contains(status.code) else {
            return failed("\(status.code) is no status of a redirection, which is from 300 to 399")
        }
        return Response(.bytes([]), status: status, fields: ["Location": place])
    }

    /// An error for the client, as RFC 9457 has it.
    ///
    /// - Parameters:
    ///   - status: from 400 to 599. Another is answered with 500, and the log says so.
    ///   - kind: the stable name of the kind of error.
    ///   - detail: what to change.
    public static func problem(_ status: Int, _ kind: String, _ detail: String) -> Response {
        guard let known = Status(code: status) else { return failed(Problem.complaint(of: status, kind)) }
        return problem(known, kind, detail)
    }

    /// An error for the client, as RFC 9457 has it.
    ///
    /// - Parameters:
    ///   - status: from 400 to 599. Another is answered with 500, and the log says so.
    ///   - kind: the stable name of the kind of error.
    ///   - detail: what to change.
    public static func problem(_ status: Status, _ kind: String, _ detail: String) -> Response {
        problem(Problem(status, kind, detail))
    }

    /// An error for the client, as RFC 9457 has it.
    public static func problem(_ problem: Problem) -> Response {
        guard problem.status.isError else { return failed(Problem.complaint(of: problem.status.code, problem.kind)) }
        var response = Response(.bytes(problem.json), status: problem.status, fields: problem.fields)
        response.fields.set("Content-Type", "application/problem+json")
        response.refusal = problem.kind
        return response
    }

    /// The same with a field, in the place of those with the same name. `Set-Cookie` may be there several times: add the second
    /// to ``fields``.
    public func with(_ name: String, _ value: String) -> Response {
        var response = self
        response.fields.set(name, value)
        return response
    }

    /// The same with another status.
    public func with(_ status: Status) -> Response {
        var response = self
        response.status = status
        return response
    }
}

extension HTTPFields {
    /// The same with a media type, unless they have one.
    func typed(_ type: String) -> HTTPFields {
        self["Content-Type"] != nil ? self : HTTPFields([(name: "Content-Type", value: type)] + Array(self))
    }
}
