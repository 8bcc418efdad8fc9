import EventStream
import Testing

@testable import FanfareCommand
@testable import HTTPClient

@Suite struct `A subscription` {
    private func session(_ change: (inout SubscribeOptions) -> Void = { _ in }) -> SubscribeSession {
        var options = SubscribeOptions()
        options.topics = ["a/b", "c|d"]
        change(&options)
        return SubscribeSession(options)
    }

    private func open(_ session: inout SubscribeSession) -> SubscribeSession.HeadAction {
        session.receive(status: 200, contentType: "text/event-stream", retryAfter: nil, jitter: 0.5)
    }

    private func receive(_ text: String, _ session: inout SubscribeSession) throws -> [ReceivedEvent] {
        var events: [ReceivedEvent] = []
        try session.receive(Array(text.utf8)) { events.append($0) }
        return events
    }

    private func lastEventID(_ session: SubscribeSession) -> String? {
        session.request.fields.first { $0.name == "Last-Event-ID" }?.value
    }

    @Test func `asks for its topics, each taken whole`() {
        let request = session().request
        #expect(request.method == "GET")
        #expect(request.url == "http://127.0.0.1:8080/subscribe?topic=a%2Fb&topic=c%7Cd")
        #expect(request.fields.contains(.init("Accept", "text/event-stream")))
        #expect(lastEventID(session()) == nil)
    }

    @Test func `begins where it was told`() {
        #expect(session { $0.since = "10m" }.request.url.hasSuffix("&since=10m"))
        let both = session { ($0.since, $0.lastEventID) = ("10m", "e-7") }
        #expect(lastEventID(both) == "e-7")
        #expect(!both.request.url.contains("since"))
    }

    @Test func `resumes after the last id, even one of a block without data`() throws {
        var session = session { $0.since = "earliest" }
        #expect(open(&session) == .readStream)
        #expect(try receive("retry: 2417\n\nid: e-1\n\n", &session) == [])
        #expect(lastEventID(session) == "e-1")
        let events = try receive("id: e-2\nevent: t\ndata: x\ndata: y\n\nid: e-3\ndata: unfinished\n", &session)
        #expect(events == [ReceivedEvent(type: "t", data: "x\ny", lastEventID: "e-2")])
        #expect(session.streamEnded() == .init(duration: .milliseconds(2417), notice: nil))
        #expect(lastEventID(session) == "e-2")
        #expect(!session.request.url.contains("since"))
        #expect(open(&session) == .readStream)
        #expect(try receive("data: z\n\n", &session) == [ReceivedEvent(data: "z", lastEventID: "e-2")])
    }

    @Test(
        arguments: [
            ("", .seconds(2)), ("retry: 5000\n", .seconds(5)), ("retry: 0\n", .milliseconds(100)),
            ("retry: x\n", .seconds(2)),
            ("retry: 9223372036854775807\n", .seconds(86_400)),
        ] as [(String, Duration)])
    func `waits after a stream as the stream told it`(text: String, wait: Duration) throws {
        var session = session()
        _ = open(&session)
        _ = try receive(text, &session)
        #expect(session.streamEnded().duration == wait)
    }

    @Test func `waits longer with each failure, up to a bound, and says so once an outage`() throws {
        var session = session()
        let error = HTTPClientError(.unreachable, "nothing there")
        func waits(_ jitter: Double, _ count: Int, _ session: inout SubscribeSession) -> [SubscribeSession.Wait] {
            (0..<count).compactMap { _ in
                if case .retry(let wait) = session.connectFailed(error, jitter: jitter) { wait } else { nil }
            }
        }
        let first = waits(1, 6, &session)
        #expect(first.map(\.duration) == [2, 4, 8, 16, 30, 30].map { .seconds($0) })
        #expect(first.map { $0.notice != nil } == [true, false, false, false, false, false])
        _ = open(&session)
        let second = waits(0, 6, &session)
        #expect(second.map(\.duration) == [1, 2, 4, 8, 15, 15].map { .seconds($0) })
        #expect(second.map { $0.notice != nil } == [true, false, false, false, false, false])
        _ = waits(1, 200, &session)
    }

    @Test func `waits no less than the hub asks for`() throws {
        var slow = session()
        _ = open(&slow)
        _ = try receive("retry: 60000\n", &slow)
        guard case .retry(let wait) = slow.connectFailed(HTTPClientError(.timedOut, ""), jitter: 1) else {
            Issue.record("it gave up")
            return
        }
        #expect(wait.duration == .seconds(60))
        var busy = session()
        let action = busy.receive(status: 503, contentType: nil, retryAfter: "17", jitter: 0)
        #expect(
            action
                == .retry(
                    .init(duration: .seconds(17), notice: "the hub answers with status 503 (trying again)")
                ))
    }

    @Test(arguments: [408, 425, 429, 500, 502, 503, 599])
    func `tries again when nothing is served at this moment`(status: Int) {
        var session = session()
        guard case .retry = session.receive(status: status, contentType: "text/html", retryAfter: "x", jitter: 0) else {
            Issue.record("it gave up")
            return
        }
    }

    @Test(arguments: [400, 401, 403, 404, 406, 410, 421])
    func `gives up when it is refused`(status: Int) {
        var session = session()
        #expect(session.receive(status: status, contentType: nil, retryAfter: nil, jitter: 0) == .giveUp)
    }

    @Test func `is done when the hub has nothing more for it`() {
        var session = session()
        #expect(session.receive(status: 204, contentType: nil, retryAfter: nil, jitter: 0) == .finish)
    }

    @Test(
        arguments: [
            ("text/event-stream", true), ("Text/Event-Stream; charset=utf-8", true), ("text/event-stream ;x", true),
            ("text/html", false), ("text/event-streams", false), ("", false), (nil, false),
            ("; text/event-stream", false),
        ] as [(String?, Bool)])
    func `reads nothing but an event stream`(type: String?, isStream: Bool) {
        var session = session()
        let action = session.receive(status: 200, contentType: type, retryAfter: nil, jitter: 0)
        if case .fail(let error) = action {
            #expect(!isStream)
            #expect(error.code == .failed)
        } else {
            #expect(isStream && action == .readStream)
        }
    }

    @Test(arguments: [201, 206, 300, 301, 304, 600])
    func `takes no other status for a stream`(status: Int) {
        var session = session()
        guard case .fail = session.receive(status: status, contentType: "text/event-stream", retryAfter: nil, jitter: 0)
        else {
            Issue.record("it went on")
            return
        }
    }

    @Test(arguments: [HTTPClientError.Code.invalidRequest, .untrusted, .tooManyRedirects, .invalidResponse])
    func `gives up on what trying again cannot mend`(code: HTTPClientError.Code) {
        var session = session()
        #expect(session.connectFailed(HTTPClientError(code, "why"), jitter: 0) == .fail(CommandError(.failed, "why")))
    }
}

@Suite struct `An event is printed` {
    @Test func `as its data, or as an object`() {
        let event = ReceivedEvent(type: "t", data: "a\n\"b\"", lastEventID: "e-1")
        #expect(EventText.bytes(of: event, asJSON: false) == Array("a\n\"b\"\n".utf8))
        let json = #"{"id":"e-1","type":"t","data":"a\n\"b\""}"# + "\n"
        #expect(EventText.bytes(of: event, asJSON: true) == Array(json.utf8))
    }

    @Test(arguments: ["expired", "epoch", "unknown", "news"])
    func `in words when it is a gap`(reason: String) {
        let event = ReceivedEvent(
            type: "fanfare.gap", data: #"{"requested":"e-1","reason":"\#(reason)","repeats":true}"#, lastEventID: "e-9")
        let notice = EventText.gapNotice(of: event)
        #expect(notice?.hasPrefix("events after e-1 are missing: ") == true)
        #expect(notice?.contains("repeat") == true)
        #expect(EventText.gapNotice(of: ReceivedEvent(data: event.data)) == nil)
        #expect(EventText.gapNotice(of: ReceivedEvent(type: "fanfare.gap", data: "?")) != nil)
    }
}
