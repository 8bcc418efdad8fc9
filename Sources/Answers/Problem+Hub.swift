// Owns which of the hub's own refusals is which problem. Docs and counters name these kinds.

package import HTTPMessage
package import Hub
package import JSONText

extension Problem {
    /// Seconds after which it is worth trying again.
    package var retryAfter: Int? {
        get { fields["Retry-After"].flatMap { Int($0) } }
        set { fields["Retry-After"] = newValue.map { String($0) } }
    }

    /// The methods that would be allowed.
    package var allow: String? {
        get { fields["Allow"] }
        set { fields["Allow"] = newValue }
    }

    /// What is asked of a client that has not said, or not proved, who it is (RFC 6750, section 3).
    package var challenge: String? {
        get { fields["WWW-Authenticate"] }
        set { fields["WWW-Authenticate"] = newValue }
    }

    /// More is asked for than is taken.
    package static var tooManyAnswers: Problem {
        var problem = Problem(
            .serviceUnavailable, "too-many-answers",
            "more answers wait to be taken by their clients than are held: read those that are due, then ask again")
        problem.retryAfter = 1
        return problem
    }

    /// More connections are open than are allowed.
    package static let tooManyConnections = Problem(
        .serviceUnavailable, "too-many-connections",
        "too many connections are open (--max-connections): try again later")

    /// What the hub refused.
    package init(_ error: HubError) {
        switch error.code {
        case .badTopic: self.init(.badRequest, "bad-topic", error.description)
        case .tooManyTopics: self.init(.badRequest, "too-many-topics", error.description)
        case .badEvent: self.init(.badRequest, "bad-event", error.description)
        case .badStart: self.init(.badRequest, "bad-start", error.description)
        case .badUser: self.init(.badRequest, "bad-user", error.description)
        case .badID: self.init(.badRequest, "bad-id", error.description)
        case .unknownEpoch: self.init(.conflict, "unknown-epoch", error.description)
        case .foreignTopic: self.init(.badRequest, "not-in-inbox", error.description)
        case .tooLarge: self.init(.contentTooLarge, "event-too-large", error.description)
        case .reservedTopic: self.init(.forbidden, "reserved-topic", error.description)
        case .conflict: self.init(.conflict, "id-conflict", error.description)
        case .ended: self.init(.conflict, "topic-ended", error.description)
        case .keyReused: self.init(.unprocessableContent, "key-reused", error.description)
        case .unavailable:
            self.init(.serviceUnavailable, "log-unavailable", error.description)
            retryAfter = 5
        }
    }

    /// What was wrong with the request itself.
    package init(_ error: MessageError) {
        self.init(error.status, Self.kinds[error.status.code] ?? "bad-request", error.detail)
    }

    /// The kinds of problems that a request can have before anyone looks at what it asks for.
    private static let kinds = [
        413: "body-too-large", 414: "target-too-long", 417: "unknown-expectation", 431: "head-too-large",
        500: "failed", 501: "not-implemented", 505: "unknown-version",
    ]

    /// What was wrong with a JSON text.
    package init(_ error: JSONTextError) {
        self.init(.badRequest, "bad-json", "the body is not the JSON that is wanted: \(error.description)")
    }

    /// The hub is about to stop.
    package static var draining: Problem {
        var problem = Problem(.serviceUnavailable, "draining", "the hub is about to stop: try again in a moment")
        problem.retryAfter = 5
        return problem
    }
}
