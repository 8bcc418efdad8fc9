// Owns the making of answers that are complete at once. A field that could break a head must never get into one.

package import HTTPMessage
import Hub
package import JSONText

/// An answer that is there in full: a head, and a body.
package struct Answer: Sendable {
    package private(set) var head: ResponseHead
    package var body: [UInt8]
    /// What is known of the body where it is not this one: for HEAD.
    package var content: ResponseContent?
    /// The kind of the problem that it tells, also where a browser is told so by a stream that ends.
    package var refusal: String?

    package init(_ status: Status, type: StaticString? = nil, body: [UInt8] = []) {
        head = ResponseHead(status)
        if let type { head.append(.contentType, literal: type) }
        head.append(.xContentTypeOptions, literal: "nosniff")
        self.body = body
    }

    /// An answer with a head that was made before.
    package init(_ head: ResponseHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }

    /// An answer in JSON.
    package static func json(_ status: Status = .ok, _ write: (inout JSONWriter) -> Void) -> Answer {
        var json = JSONWriter()
        write(&json)
        return Answer(jsonHead(status), body: json.finish())
    }

    /// The head of answers in JSON.
    package static func jsonHead(_ status: Status) -> ResponseHead {
        var answer = Answer(status, type: "application/json")
        // What the hub knows changes with every event.
        answer.head.append(.cacheControl, literal: "no-store")
        return answer.head
    }

    /// Adds a field.
    ///
    /// - Throws: `MessageError` when it could break the head.
    package mutating func add(_ name: String, _ value: String) throws(MessageError) { try head.append(name, value) }

    /// Adds fields whose names and values are known to be good.
    package mutating func add(_ fields: [(FieldName, String)]) {
        for (name, value) in fields {
            do throws(MessageError) {
                try head.append(name, value)
            } catch {
                preconditionFailure(error.detail)
            }
        }
    }

    /// Adds fields of a program's.
    ///
    /// - Throws: `MessageError` when one could break the head.
    package mutating func add(_ fields: HTTPFields) throws(MessageError) { try head.append(fields) }

    /// The length of the body, or what it would be but for HEAD; nil where nobody knows it.
    package var length: Int? {
        switch content {
        case nil: body.count
        case .some(.none): 0
        case .length(let length): length
        case .stream: nil
        }
    }

    /// The bytes of head and body, and whether the connection goes on after them.
    package func bytes(answering context: ResponseContext, date: [UInt8]) -> (bytes: [UInt8], keepAlive: Bool) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count + 256)
        let framing = head.write(
            to: &bytes, answering: context, content: content ?? .length(body.count), date: date)
        if framing.body != .none { bytes += body }
        return (bytes, framing.keepAlive)
    }
}
