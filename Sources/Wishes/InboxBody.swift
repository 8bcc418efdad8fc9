// Owns the reading of what is asked to become of an inbox. Must never ignore a member that it does not know.

package import Answers
package import HTTPMessage
package import Hub
import JSONText

/// The members of a body that changes an inbox, before they are checked.
package struct InboxBody {
    private var user: String?
    private var topics: [String]?
    private var id: String?
    private var topic: String?
    private var unknown: String?

    /// Reads an object. One that begins with `{` is JSON whatever its label says: curl labels everything as a form.
    init(_ head: borrowing RequestHead, _ body: [UInt8], members: String) throws(Problem) {
        let first = body.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        guard head.hasContentType("application/json") || first == UInt8(ascii: "{") else {
            throw Problem(
                .unsupportedMediaType, "unsupported-media-type", "send a JSON object (application/json) with \(members)"
            )
        }
        do throws(JSONTextError) {
            var reader = JSONReader(body)
            try reader.readObject { (reader: inout JSONReader, name: String) throws(JSONTextError) in
                try read(name, from: &reader)
            }
            try reader.finish()
        } catch {
            throw Problem(error)
        }
        if let unknown {
            throw Problem(.badRequest, "unknown-member", "\"\(unknown)\" is not known here: there are \(members)")
        }
    }

    /// What `PUT /inbox` asks for.
    package static func addition(
        _ head: borrowing RequestHead, _ body: [UInt8], limits: EventLimits
    ) throws(Problem) -> InboxChange {
        let body = try InboxBody(head, body, members: "user and topics")
        guard body.id == nil, body.topic == nil else {
            throw Problem(
                .badRequest, "unknown-member",
                "\"id\" and \"topic\" are for POST /inbox/ack: here there are user and topics")
        }
        guard let texts = body.topics else {
            throw Problem(
                .badRequest, "bad-inbox", "\"topics\" is missing: give all patterns that are to be added, or []")
        }
        do throws(HubError) {
            return try InboxChange(adding: texts, to: try body.inboxUser(), most: limits.topics)
        } catch {
            throw Problem(error)
        }
    }

    /// What `POST /inbox/ack` asks for.
    package static func acknowledgement(_ head: borrowing RequestHead, _ body: [UInt8]) throws(Problem) -> InboxChange {
        let body = try InboxBody(head, body, members: "user, id and topic")
        guard body.topics == nil else {
            throw Problem(
                .badRequest, "unknown-member",
                "\"topics\" is for PUT /inbox: here there are user, id and topic, for one topic or none for all")
        }
        guard let id = body.id else {
            throw Problem(.badRequest, "bad-inbox", "\"id\" is missing: give that of the last event that was read")
        }
        do throws(HubError) {
            return try InboxChange(acknowledging: id, on: body.topic, of: try body.inboxUser())
        } catch {
            throw Problem(error)
        }
    }

    private func inboxUser() throws(HubError) -> InboxUser {
        guard let user else { throw HubError(.badUser, "\"user\" is missing: say whose inbox it is") }
        return try InboxUser(user)
    }

    private mutating func read(_ name: String, from reader: inout JSONReader) throws(JSONTextError) {
        switch name {
        case "user": user = try reader.readString()
        case "id": id = try reader.readString()
        case "topic":
            if try reader.peek() == .null { return try reader.readNull() }
            topic = try reader.readString()
        case "topics":
            var all: [String] = []
            try reader.readArray { (reader: inout JSONReader) throws(JSONTextError) in
                all.append(try reader.readString())
            }
            topics = all
        default:
            if unknown == nil { unknown = name }
            try reader.skipValue()
        }
    }
}
