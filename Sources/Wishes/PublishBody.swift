// Owns the reading of what is published, in all three forms. Must never ignore a member that it does not know or cannot
// honour.

package import Answers
package import HTTPMessage
package import Hub
import JSONText

/// The events that the body of a publish holds: JSON, a form, or NDJSON.
package struct PublishBody {
    /// The events, all checked.
    package let drafts: OneOrMore<Draft>
    /// Whether the answer lists ids, as for NDJSON.
    package let isList: Bool
    /// The publisher's name for the request (draft-ietf-httpapi-idempotency-key-header).
    package let key: PublicationKey?

    /// The most events of one body.
    static let mostLines = 10_000

    /// Reads a body by what its label says. One that begins with `{` is JSON whatever its label says, but for NDJSON:
    /// curl labels everything as a form.
    package init(
        _ head: borrowing RequestHead, _ body: [UInt8], of user: String?, by rules: EventRules
    ) throws(Problem) {
        key = head.fields.contains(.idempotencyKey) ? try Self.key(head, of: user) : nil
        if head.hasContentType("application/json") {
            isList = false
            drafts = OneOrMore(try Self.json(body, rules))
            return
        }
        let type = head.contentType?.essence
        isList = type == "application/x-ndjson"
        if isList {
            drafts = try Self.lines(body, rules)
        } else if type == "application/json" || Self.firstByte(body) == UInt8(ascii: "{") {
            drafts = OneOrMore(try Self.json(body, rules))
        } else if type == "application/x-www-form-urlencoded" {
            var fields = try EventFields(form: body)
            drafts = OneOrMore(try fields.draft(by: rules))
        } else {
            throw Problem(
                .unsupportedMediaType, "unsupported-media-type",
                "the body is \(type ?? "without a Content-Type"): send application/json, application/x-www-form-urlencoded or application/x-ndjson"
            )
        }
    }

    private static func key(_ head: borrowing RequestHead, of user: String?) throws(Problem) -> PublicationKey {
        let keys = head.fields.values(of: .idempotencyKey)
        do throws(HubError) {
            guard keys.count == 1 else { throw HubError(.badEvent, "a request has one Idempotency-Key") }
            return try PublicationKey(keys[0], of: user)
        } catch {
            throw Problem(.badRequest, "bad-key", error.description)
        }
    }

    private static func json(_ body: [UInt8], _ rules: EventRules) throws(Problem) -> Draft {
        var fields = EventFields()
        do throws(JSONTextError) {
            try fields.read(json: body[...])
        } catch {
            throw Problem(error)
        }
        return try fields.draft(by: rules)
    }

    private static func lines(_ body: [UInt8], _ rules: EventRules) throws(Problem) -> OneOrMore<Draft> {
        var fields: [(line: Int, fields: EventFields)] = []
        var number = 0
        for line in body.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            // White space alone is no event: a last line end, or a CR before it.
            if firstByte(line) == nil { continue }
            guard fields.count < mostLines else {
                throw Problem(
                    .contentTooLarge, "too-many-lines",
                    "a body may have \(mostLines) events: send the rest in another one")
            }
            do throws(JSONTextError) {
                var some = EventFields()
                try some.read(json: line)
                fields.append((number, some))
            } catch {
                throw Problem(.badRequest, "bad-json", "line \(number): \(error.description)")
            }
        }
        // Every line is read before any event is judged.
        var drafts: [Draft] = []
        drafts.reserveCapacity(fields.count)
        for index in fields.indices {
            do throws(Problem) {
                drafts.append(try fields[index].fields.draft(by: rules))
            } catch {
                throw Problem(error.status, error.kind, "line \(fields[index].line): \(error.detail)")
            }
        }
        guard let list = OneOrMore(drafts) else {
            throw Problem(.badRequest, "bad-event", "the body has no event: send one a line")
        }
        return list
    }

    /// The first byte that is not white space.
    private static func firstByte(_ body: some Collection<UInt8>) -> UInt8? {
        body.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    }
}
