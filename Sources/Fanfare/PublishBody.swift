// Owns the reading of what is published, in all three forms. Must never ignore a member that it does not know or cannot
// honour.

import HTTPMessage
import Hub
import JSONText

/// The events that the body of a publish holds: JSON, a form, or NDJSON.
struct PublishBody {
    /// The events, all checked.
    let drafts: [Draft]
    /// Whether the answer lists ids, as for NDJSON.
    let isList: Bool

    /// The most events of one body.
    static let mostLines = 10_000

    /// Reads a body by what its label says. One that begins with `{` is JSON whatever its label says, but for NDJSON:
    /// curl labels everything as a form.
    init(_ head: RequestHead, _ body: [UInt8], epoch: String, limits: Configuration) throws(Problem) {
        if head["Idempotency-Key"] != nil {
            throw Problem(
                .badRequest, "not-supported",
                "Idempotency-Key is not supported yet, so a repeat would be published twice: give the event an \"id\" of its own instead"
            )
        }
        let type = head.contentType?.essence
        isList = type == "application/x-ndjson"
        var fields: [(line: Int, fields: EventFields)] = []
        if isList {
            fields = try Self.lines(body)
        } else if type == "application/json" || Self.firstByte(body) == UInt8(ascii: "{") {
            do throws(JSONTextError) {
                fields = [(1, try EventFields(json: body[...]))]
            } catch {
                throw Problem(error)
            }
        } else if type == "application/x-www-form-urlencoded" {
            fields = [(1, try EventFields(form: body))]
        } else {
            throw Problem(
                .unsupportedMediaType, "unsupported-media-type",
                "the body is \(type ?? "without a Content-Type"): send application/json, application/x-www-form-urlencoded or application/x-ndjson"
            )
        }
        var drafts: [Draft] = []
        drafts.reserveCapacity(fields.count)
        for (line, some) in fields {
            do throws(Problem) {
                drafts.append(try some.draft(epoch: epoch, limits))
            } catch {
                guard isList else { throw error }
                throw Problem(error.status, error.kind, "line \(line): \(error.detail)")
            }
        }
        self.drafts = drafts
    }

    private static func lines(_ body: [UInt8]) throws(Problem) -> [(line: Int, fields: EventFields)] {
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
                fields.append((number, try EventFields(json: line)))
            } catch {
                throw Problem(.badRequest, "bad-json", "line \(number): \(error.description)")
            }
        }
        guard !fields.isEmpty else { throw Problem(.badRequest, "bad-event", "the body has no event: send one a line") }
        return fields
    }

    /// The first byte that is not white space.
    private static func firstByte(_ body: some Collection<UInt8>) -> UInt8? {
        body.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    }
}

/// The members or fields by which a publisher describes an event, before they are checked.
struct EventFields {
    private var topics: [String] = []
    private var data: String?
    private var type: String?
    private var id: String?
    private var retry: Int?
    /// The first thing that is not to be had, and the reason.
    private var complaint: Problem?

    /// Reads an object, whose unknown members are refused and named.
    init(json text: ArraySlice<UInt8>) throws(JSONTextError) {
        var reader = JSONReader(text)
        var fields = EventFields()
        try reader.readObject { (reader: inout JSONReader, name: String) throws(JSONTextError) in
            try fields.read(name, from: &reader)
        }
        try reader.finish()
        self = fields
    }

    /// Reads form fields; `topic` may repeat, and `topics` is split at `|`.
    init(form body: [UInt8]) throws(Problem) {
        let pairs: [(name: String, value: String)]
        do throws(MessageError) {
            pairs = try Query(body).pairs()
        } catch {
            throw Problem(error)
        }
        for (name, value) in pairs {
            switch name {
            case "topic": topics.append(value)
            case "topics": topics += value.splitTopics
            case "data": set(\.data, to: value, name)
            case "type", "event": set(\.type, to: value, "type")
            case "id": set(\.id, to: value, name)
            case "retry":
                guard let number = Int(value), value.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                    throw Problem(.badRequest, "bad-event", "retry is a number of milliseconds")
                }
                set(\.retry, to: number, name)
            case "private", "end": refuse(name, isWanted: value != "false" && value != "0")
            default: refuse(unknown: name)
            }
        }
    }

    private init() {}

    private mutating func read(_ name: String, from reader: inout JSONReader) throws(JSONTextError) {
        switch name {
        case "topic":
            topics.append(try reader.readString())
        case "topics":
            var list: [String] = []
            try reader.readArray { (reader: inout JSONReader) throws(JSONTextError) in
                list.append(try reader.readString())
            }
            topics += list
        case "data":
            data = try reader.peek() == .string ? try reader.readString() : try reader.readCompactText()
        case "type", "event":
            if try reader.peek() == .null { return try reader.readNull() }
            if type != nil {
                complain(Problem(.badRequest, "bad-event", "\"type\" and \"event\" are the same: give one"))
            }
            type = try reader.readString()
        case "id":
            if try reader.peek() == .null { return try reader.readNull() }
            id = try reader.readString()
        case "retry":
            if try reader.peek() == .null { return try reader.readNull() }
            retry = try reader.readInteger()
        case "private", "end":
            refuse(name, isWanted: try reader.readBool())
        default:
            refuse(unknown: name)
            try reader.skipValue()
        }
    }

    /// Checks the parts and makes an event of them.
    func draft(epoch: String, _ limits: Configuration) throws(Problem) -> Draft {
        if let complaint { throw complaint }
        guard !topics.isEmpty else {
            throw Problem(
                .badRequest, "bad-event", "the event has no topic: name one as \"topic\", or several as \"topics\"")
        }
        guard topics.count <= limits.maxTopics else {
            throw Problem(
                .badRequest, "too-many-topics",
                "the event has \(topics.count) topics: at most \(limits.maxTopics) are allowed")
        }
        guard let data else {
            throw Problem(
                .badRequest, "bad-event", "the event has no data: give \"data\", which may be the empty string")
        }
        do throws(HubError) {
            var names: [TopicName] = []
            names.reserveCapacity(topics.count)
            for topic in topics { names.append(try TopicName(topic)) }
            if let id { try EventID.validate(own: id, epoch: epoch) }
            let draft = try Draft(topics: names, data: data, type: type, id: id, retry: retry)
            guard draft.size <= limits.maxEventSize else {
                throw HubError(
                    .tooLarge,
                    "the event has \(draft.size) bytes: at most \(limits.maxEventSize) are allowed (--max-event-size)")
            }
            return draft
        } catch {
            throw Problem(error)
        }
    }

    private mutating func set<Value>(_ place: WritableKeyPath<Self, Value?>, to value: Value, _ name: String) {
        if self[keyPath: place] != nil {
            complain(Problem(.badRequest, "bad-event", "\"\(name)\" is given twice: give it once"))
        }
        self[keyPath: place] = value
    }

    private mutating func refuse(_ name: String, isWanted: Bool) {
        guard isWanted else { return }
        let why =
            name == "private"
            ? "private events need authorization, which is not built yet: everyone could read it"
            : "ending a topic is not supported yet"
        complain(Problem(.badRequest, "not-supported", "\"\(name)\": \(why)"))
    }

    private mutating func refuse(unknown name: String) {
        complain(
            Problem(
                .badRequest, "unknown-member",
                "\"\(name)\" is not a member of an event: there are topic, topics, data, type (or event), id and retry")
        )
    }

    private mutating func complain(_ problem: Problem) {
        if complaint == nil { complaint = problem }
    }
}
