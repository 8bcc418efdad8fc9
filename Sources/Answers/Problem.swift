// Owns the form of errors. A kind, once out, must never change its name: clients compare it.

public import HTTPMessage
import JSONText

/// An error as clients get it: `application/problem+json` (RFC 9457).
///
/// A handler may throw one: it is what the request is answered with.
public struct Problem: Error, Sendable {
    /// From 400 to 599. With another it is answered with 500, and the log says so.
    public var status: Status
    /// The stable name of its kind: `type` is `urn:fanfare:problem:` and this, or this alone if it is a URI.
    public var kind: String
    /// What it is in a few words, the same for all of its kind; the status's reason if none was given.
    public var title: String
    /// What was wrong this time, and what to change.
    public var detail: String
    /// Further fields of the answer, as `Retry-After`.
    public var fields: HTTPFields

    /// Makes a problem.
    ///
    /// - Parameters:
    ///   - status: from 400 to 599.
    ///   - kind: the stable name of the kind of error, as `no-such-order`, or a URI.
    ///   - detail: what was wrong and what to change; clients see it.
    ///   - title: what it is in a few words; the status's reason if `nil`.
    ///   - fields: further fields of the answer.
    public init(
        _ status: Status, _ kind: String, _ detail: String, title: String? = nil, fields: HTTPFields = HTTPFields()
    ) {
        self.status = status
        self.kind = kind
        self.title = title ?? status.reason
        self.detail = detail
        self.fields = fields
    }

    /// The body of the answer.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.string(kind.utf8.contains(UInt8(ascii: ":")) ? kind : "urn:fanfare:problem:\(kind)")
        json.key("title")
        json.string(title)
        json.key("status")
        json.int(status.code)
        json.key("detail")
        json.string(detail)
        json.endObject()
        return json.finish()
    }

    /// The answer.
    package var answer: Answer {
        var answer = Answer(status, type: "application/problem+json", body: json)
        answer.refusal = kind
        do throws(MessageError) {
            try answer.add(fields)
        } catch {
            return Problem.failed.answer
        }
        return answer
    }

    /// What the log is told of a problem whose status is none of an error.
    package static func complaint(of status: Int, _ kind: String) -> String {
        "\(status) is no status of an error, which is from 400 to 599: the problem is \(kind)"
    }

    /// What clients are told of errors that are not theirs to know.
    package static let failed = Problem(.internalServerError, "failed", "the server failed to answer: its log says why")
}

extension Problem: CustomStringConvertible {
    /// The status, the kind and the detail, for logs.
    public var description: String { "\(status.code) \(kind): \(detail)" }
}
