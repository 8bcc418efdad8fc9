// Owns the reading of what a stream wants. An id that is not known must never be an error: the stream says that there
// is a gap.

package import Admission
package import Answers
package import HTTPMessage
package import Hub
package import TimerWheel

/// What a request for a stream asks for.
package struct SubscribeQuery {
    /// The topics and patterns; none if it is an inbox.
    package var patterns: [TopicPattern]
    /// Whose inbox it is, if it is one.
    package var inbox: InboxUser?
    /// Whether it starts with what is unread there; then `start` is yet to be found.
    package var startsUnread = false
    /// The topics of the inbox, once they are known.
    package var inboxTopics: InboxTopics?
    package var start: Start
    package var user: String?
    package var presentation: Presentation
    /// Whether the client was told not to come back, and came back.
    package var isStopped: Bool
    /// What whoever asks may.
    package let grant: Grant
    /// How long it may be open.
    package var timeout: Milliseconds?
    /// Is called when it is over.
    package var notice: CloseNotice?

    /// Reads the query and the fields of a request to `/subscribe`. Unknown parameters are ignored.
    ///
    /// - Throws: a problem, also if whoever asks may have nothing of it.
    package init(_ head: borrowing RequestHead, of grant: Grant, limits: EventLimits) throws(Problem) {
        self.grant = grant
        let query = head.query
        var texts: [String] = []
        for list in try query.list("topics") {
            texts += list.splitTopics
        }
        texts += try query.list("topic")
        user = try query.optional("user")
        inbox = try Self.inbox(query, beside: texts, user)
        if let inbox {
            patterns = []
            user = inbox.name
        } else {
            patterns = try Self.patterns(texts, limits: limits)
        }
        if let inbox {
            try grant.requireInbox(of: inbox)
        } else {
            user = try grant.streamUser(named: user)
            try grant.requireReading(anyOf: patterns)
        }
        presentation = try query.optional("envelope") == "true" ? .envelope : .plain
        let lastID = try Self.lastID(head)
        let since = try query.optional("since")
        if since == "unread" {
            guard inbox != nil else {
                throw Problem(
                    .badRequest, "bad-start",
                    "since=unread is for inboxes, where the hub knows what was read: name one with inbox=USER in place of topics"
                )
            }
            start = lastID.map(Start.after) ?? .now
            startsUnread = lastID == nil
        } else {
            start = try Self.start(lastID: lastID, since: since)
        }
        isStopped = lastID.map { EventID($0) == .stop } ?? false
        try Self.checkAccept(head)
    }

    /// What a stream on the route of a program asks for: its topics, and where the client left off.
    package init(
        _ head: borrowing RequestHead, _ response: StreamResponse, _ notice: CloseNotice?, limits: EventLimits
    ) throws(Problem) {
        // A program's own routes say themselves who may have what.
        grant = .open
        patterns = try Self.patterns(response.topics, limits: limits)
        user = response.user
        presentation = response.presentation
        timeout = response.timeout
        self.notice = notice
        let lastID = try Self.lastID(head)
        if let lastID {
            start = .after(lastID)
        } else if response.startsUnread {
            throw Problem(.internalServerError, "failed", "what is unread is known of inboxes alone, not of topics")
        } else if let wanted = response.start {
            start = wanted
        } else {
            start = try Self.start(lastID: nil, since: try head.query.optional("since"))
        }
        isStopped = lastID.map { EventID($0) == .stop } ?? false
        try Self.checkAccept(head)
    }

    /// What a stream gets, as far as it is known by now what is wanted.
    package func subscription() throws(Problem) -> Subscription {
        do throws(HubError) {
            guard let inboxTopics else {
                return try Subscription(patterns: patterns, access: grant.access, presentation: presentation)
            }
            return try Subscription(inboxTopics, access: grant.access, presentation: presentation)
        } catch {
            throw Problem(error)
        }
    }

    /// Whose inbox is asked for, if one is.
    private static func inbox(
        _ query: Query, beside topics: [String], _ user: String?
    ) throws(Problem) -> InboxUser? {
        guard let name = try query.optional("inbox") else { return nil }
        guard topics.isEmpty else {
            throw Problem(
                .badRequest, "inbox-and-topics",
                "inbox= and topics are asked for together: an inbox has its own topics, to which PUT /inbox adds")
        }
        if let user, !user.hasBytes(of: name) {
            throw Problem(
                .badRequest, "bad-user",
                "user= is another than inbox=: a stream of an inbox is its user's, so leave user= out")
        }
        do throws(HubError) {
            return try InboxUser(name)
        } catch {
            throw Problem(error)
        }
    }

    /// Refuses who does not take event streams.
    package static func checkAccept(_ head: borrowing RequestHead) throws(Problem) {
        guard head.accept.accepts("text/event-stream") else {
            throw Problem(
                .notAcceptable, "not-acceptable",
                "this answers text/event-stream, which the Accept field does not allow: add it, or leave the field out")
        }
    }

    /// The id after which the client wants to go on. An empty one is as good as none.
    package static func lastID(_ head: borrowing RequestHead) throws(Problem) -> String? {
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

    private static func patterns(_ texts: [String], limits: EventLimits) throws(Problem) -> [TopicPattern] {
        guard !texts.isEmpty else {
            throw Problem(.badRequest, "no-topic", "no topic is asked for: add topics=a|b or topic=a to the query")
        }
        do throws(HubError) {
            return try limits.patterns(texts)
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
            "since=\(since.prefix(64)) is not understood: write earliest, a number of events (50), a duration (10m), a time (2026-11-21T00:00:00Z), or unread for an inbox"
        )
    }
}

extension String {
    /// The parts between `|`, empty ones too. Bytes count: a combining mark after `|` does not hide it.
    package var splitTopics: [String] {
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
