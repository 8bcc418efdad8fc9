// When to connect, what to ask, what an answer means and how long to wait: the life of `fanfare subscribe` as a state
// machine. It performs no I/O and knows no clock; whoever drives it says what happened and does what it answers.

internal import EventStream
internal import HTTPClient

/// One subscription over all its connections.
struct SubscribeSession: Sendable {
    /// What to do with a response whose head has come.
    enum HeadAction: Sendable, Equatable {
        /// Feed its body to ``receive(_:_:)``, and tell ``streamEnded()`` or ``streamLost(_:)``.
        case readStream
        /// The hub has nothing for this subscription, now or later: done.
        case finish
        /// Read the reason, and give up with it.
        case giveUp
        /// Nothing is served at this moment: wait and connect again.
        case retry(Wait)
        /// Give up with these words.
        case fail(CommandError)
    }

    /// A pause before the next connection.
    struct Wait: Sendable, Equatable {
        var duration: Duration
        /// What to tell the person, once an outage.
        var notice: String?
    }

    /// The wait that holds until a stream says otherwise.
    static var defaultRetry: Duration { .seconds(2) }
    /// No wait after a failure is longer, unless the hub itself asks for it.
    static var longestBackoff: Duration { .seconds(30) }
    /// A `retry: 0` must not become a loop that never rests.
    static var shortestWait: Duration { .milliseconds(100) }

    private let options: SubscribeOptions
    private var parser: EventParser
    /// Failures to get a stream since the last one that was got.
    private var failures = 0

    init(_ options: SubscribeOptions) {
        self.options = options
        parser = EventParser(lastEventID: options.lastEventID ?? "")
    }

    /// What to send for the next connection.
    var request: HTTPClient.Request {
        var query = options.topics.map { (name: "topic", value: $0) }
        var fields: [HTTPClient.Field] = [.init("Accept", "text/event-stream"), .init("Cache-Control", "no-cache")]
        fields += HubToken.fields(options.token).map { .init($0.name, $0.value) }
        if !parser.lastEventID.isEmpty {
            fields.append(.init("Last-Event-ID", parser.lastEventID))
        } else if let since = options.since {
            query.append((name: "since", value: since))
        }
        return HTTPClient.Request("GET", options.url.url("/subscribe", query: query), fields: fields)
    }

    /// A head has come.
    ///
    /// - Parameters:
    ///   - retryAfter: the field of that name.
    ///   - jitter: from 0 to 1, drawn anew each time.
    mutating func receive(status: Int, contentType: String?, retryAfter: String?, jitter: Double) -> HeadAction {
        switch status {
        case 200:
            guard Self.isEventStream(contentType) else {
                let type = contentType.map { "of type '\($0)'" } ?? "without a type"
                return .fail(
                    CommandError(
                        .failed, "\(options.url.text) answers with a body \(type), not a stream; is --url a hub's?"))
            }
            failures = 0
            return .readStream
        case 204: return .finish
        case 408, 425, 429, 500...599:
            let asked = retryAfter.flatMap { Decimal.read($0[...]) }.map { Duration.seconds(min($0, 3600)) }
            return .retry(wait(for: "the hub answers with status \(status)", atLeast: asked ?? .zero, jitter: jitter))
        case 400...499: return .giveUp
        default:
            return .fail(
                CommandError(
                    .failed, "\(options.url.text) answers with status \(status), not a stream; is --url a hub's?"))
        }
    }

    /// Bytes of the stream have come; each event in them is handed out.
    ///
    /// - Throws: ``CommandError`` for a stream that cannot be followed.
    mutating func receive(_ bytes: [UInt8], _ event: (ReceivedEvent) -> Void) throws(CommandError) {
        do throws(EventStreamError) {
            try parser.consume(bytes.span) { output in
                if case .event(let received) = output { event(received) }
            }
        } catch {
            throw CommandError(.failed, "\(options.url.text) sends a stream that cannot be followed: \(error)")
        }
    }

    /// The stream has ended, in whatever way: the wait is the one that it asked for, which the hub has spread already.
    mutating func streamEnded() -> Wait {
        parser.finish()
        return Wait(duration: max(Self.shortestWait, retry), notice: nil)
    }

    /// There was no response at all.
    mutating func connectFailed(_ error: HTTPClientError, jitter: Double) -> HeadAction {
        switch error.code {
        case .unknownHost, .unreachable, .timedOut, .connectionLost, .other:
            .retry(wait(for: error.message, atLeast: .zero, jitter: jitter))
        case .invalidRequest, .untrusted, .invalidResponse, .tooManyRedirects, .tooLarge, .cancelled, .closed:
            .fail(CommandError(.failed, error.message))
        }
    }

    /// The reconnection time, within reason.
    private var retry: Duration { min(parser.retry ?? Self.defaultRetry, .seconds(24 * 60 * 60)) }

    /// Doubles with each failure up to the longest, then draws from the upper half: clients must not come back as one.
    private mutating func wait(for reason: String, atLeast least: Duration, jitter: Double) -> Wait {
        let longest = max(Self.longestBackoff, retry)
        let doubled = max(Self.shortestWait, retry) * (1 << min(failures, 16))
        let duration = min(longest, doubled) * (0.5 + jitter / 2)
        let notice = failures == 0 ? "\(reason) (trying again)" : nil
        failures += 1
        return Wait(duration: max(duration, least), notice: notice)
    }

    /// Whether the media type is `text/event-stream`, whatever its parameters.
    private static func isEventStream(_ contentType: String?) -> Bool {
        let essence = contentType?.split(separator: ";", omittingEmptySubsequences: false).first?.lowercased() ?? ""
        return essence.split(whereSeparator: { $0 == " " || $0 == "\t" }) == ["text/event-stream"]
    }
}
