// Owns the reading of what a stream wants. An id that is not known must never be an error: the stream says that there
// is a gap.

import HTTPMessage
import Hub
import TimerWheel

/// What a request for a stream asks for.
struct SubscribeQuery {
    var patterns: [TopicPattern]
    var start: Start
    var user: String?
    var presentation: Presentation
    /// Whether the client was told not to come back, and came back.
    var isStopped: Bool

    /// Reads the query and the fields of a request to `/subscribe`. Unknown parameters are ignored.
    init(_ head: borrowing RequestHead, limits: Configuration) throws(Problem) {
        let query = head.query
        var texts: [String] = []
        for list in try query.list("topics") {
            texts += list.splitTopics
        }
        texts += try query.list("topic")
        patterns = try Self.patterns(texts, limits: limits)
        user = try query.optional("user")
        presentation = try query.optional("envelope") == "true" ? .envelope : .plain
        let lastID = try Self.lastID(head)
        start = try Self.start(lastID: lastID, since: query.optional("since"))
        isStopped = lastID.map { EventID($0) == .stop } ?? false
        try Self.checkAccept(head)
    }

    /// What a stream on the route of a program asks for: its topics, and where the client left off.
    init(
        _ head: borrowing RequestHead, topics: [String], user: String?, presentation: Presentation,
        limits: Configuration
    ) throws(Problem) {
        patterns = try Self.patterns(topics, limits: limits)
        self.user = user
        self.presentation = presentation
        let lastID = try Self.lastID(head)
        start = lastID.map(Start.after) ?? .now
        isStopped = lastID.map { EventID($0) == .stop } ?? false
        try Self.checkAccept(head)
    }

    private static func checkAccept(_ head: borrowing RequestHead) throws(Problem) {
        guard head.accept.accepts("text/event-stream") else {
            throw Problem(
                .notAcceptable, "not-acceptable",
                "this answers text/event-stream, which the Accept field does not allow: add it, or leave the field out")
        }
    }

    /// The id after which the client wants to go on. An empty one is as good as none.
    private static func lastID(_ head: borrowing RequestHead) throws(Problem) -> String? {
        if let id = head[.lastEventID], !id.isEmpty { return id }
        do throws(MessageError) {
            // What is no UTF-8 is no id that the hub gave: it is repaired, and then unknown.
            for (name, id) in try head.query.repairedPairs() where name == "last_event_id" || name == "lastEventId" {
                if !id.isEmpty { return id }
            }
        } catch {
            throw Problem(error)
        }
        return nil
    }

    private static func patterns(_ texts: [String], limits: Configuration) throws(Problem) -> [TopicPattern] {
        guard !texts.isEmpty else {
            throw Problem(.badRequest, "no-topic", "no topic is asked for: add topics=a|b or topic=a to the query")
        }
        guard texts.count <= limits.maxTopics else {
            throw Problem(
                .badRequest, "too-many-topics",
                "\(texts.count) topics are asked for: at most \(limits.maxTopics) are allowed (--max-topics)")
        }
        do throws(HubError) {
            var patterns: [TopicPattern] = []
            patterns.reserveCapacity(texts.count)
            for text in texts { patterns.append(try TopicPattern(text)) }
            return patterns
        } catch {
            throw Problem(error)
        }
    }

    private static func start(lastID: String?, since: String?) throws(Problem) -> Start {
        if let lastID { return .after(lastID) }
        guard let since else { return .now }
        if since == "earliest" { return .earliest }
        if let count = Int(since), count >= 0, since.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            return .last(count)
        }
        if let age = try? DurationText.milliseconds(since) { return .ago(age) }
        // A `+` of an offset that was not percent-encoded comes as a space.
        if let time = Timestamp.parse(since) ?? Timestamp.parse(since.replacingSpaces) { return .since(time) }
        throw Problem(
            .badRequest, "bad-start",
            "since=\(since.prefix(64)) is not understood: write earliest, a number of events (50), a duration (10m) or a time (2026-11-21T00:00:00Z)"
        )
    }
}

extension String {
    /// The parts between `|`, empty ones too. Bytes count: a combining mark after `|` does not hide it.
    var splitTopics: [String] {
        utf8.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }
}

extension String {
    /// With the last space made the `+` that it may have been.
    fileprivate var replacingSpaces: String {
        guard let space = lastIndex(of: " ") else { return self }
        return self[..<space] + "+" + self[index(after: space)...]
    }
}
