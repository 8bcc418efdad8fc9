// Owns the parts of an event as its publisher names them. Must never ignore a member that it does not know.

import Answers
import HTTPMessage
import Hub
import JSONText

/// The members or fields by which a publisher describes an event, before they are checked.
struct EventFields {
    /// The first topic; most events have no other.
    private var topic: String?
    private var moreTopics: [String] = []
    private var data: String?
    private var type: String?
    private var id: String?
    private var retry: Int?
    private var isEnd = false
    private var isPrivate = false
    /// The first thing that is wrong, and the reason.
    private var complaint: Problem?

    /// Nothing yet.
    init() {}

    /// Reads an object, whose unknown members are refused and named.
    mutating func read(json text: ArraySlice<UInt8>) throws(JSONTextError) {
        var reader = JSONReader(text)
        try reader.readObject { (reader: inout JSONReader, name: String) throws(JSONTextError) in
            try read(name, from: &reader)
        }
        try reader.finish()
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
            case "topic": add(topic: value)
            case "topics": for topic in value.splitTopics { add(topic: topic) }
            case "data": set(\.data, to: value, name)
            case "type", "event": set(\.type, to: value, "type")
            case "id": set(\.id, to: value, name)
            case "retry":
                guard let number = Int(value), value.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                    throw Problem(.badRequest, "bad-event", "retry is a number of milliseconds")
                }
                set(\.retry, to: number, name)
            case "private": isPrivate = try Self.flag(value, name)
            case "end": isEnd = try Self.flag(value, name)
            default: refuse(unknown: name)
            }
        }
    }

    private static func flag(_ value: String, _ name: String) throws(Problem) -> Bool {
        switch value {
        case "true", "1": return true
        case "false", "0": return false
        default: throw Problem(.badRequest, "bad-event", "\(name) is true or false")
        }
    }

    private mutating func add(topic text: String) {
        if topic == nil { topic = text } else { moreTopics.append(text) }
    }

    private mutating func read(_ name: String, from reader: inout JSONReader) throws(JSONTextError) {
        switch name {
        case "topic":
            add(topic: try reader.readString())
        case "topics":
            try reader.readArray { (reader: inout JSONReader) throws(JSONTextError) in
                add(topic: try reader.readString())
            }
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
        case "private": isPrivate = try reader.readBool()
        case "end": isEnd = try reader.readBool()
        default:
            refuse(unknown: name)
            try reader.skipValue()
        }
    }

    /// Checks the parts and makes an event of them.
    mutating func draft(by rules: EventRules) throws(Problem) -> Draft {
        if let complaint { throw complaint }
        guard let topic else {
            throw Problem(
                .badRequest, "bad-event", "the event has no topic: name one as \"topic\", or several as \"topics\"")
        }
        do throws(HubError) {
            return try rules.draft(
                topic: topic, others: moreTopics, data: data, type: type, id: id, retry: retry, isEnd: isEnd,
                isPrivate: isPrivate)
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

    private mutating func refuse(unknown name: String) {
        // It may be all of a body that was not meant as a form.
        let shown = name.utf8.count > 64 ? name.prefix(32) + "…" : name[...]
        complain(
            Problem(
                .badRequest, "unknown-member",
                "\"\(shown)\" is not a member of an event: there are topic, topics, data, type (or event), id, retry, private and end"
            )
        )
    }

    private mutating func complain(_ problem: Problem) {
        if complaint == nil { complaint = problem }
    }
}
