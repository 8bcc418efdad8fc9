internal import HTTPClient
internal import JSONText
internal import TimerWheel

/// The events of one request, as they will be sent.
struct PublishBatch: Sendable {
    /// A batch with this many events, or bytes, is sent before more is read.
    static var mostEvents: Int { 1000 }
    static var enoughBytes: Int { 1 << 20 }

    private let options: PublishOptions
    private(set) var count = 0
    private var body: [UInt8] = []

    init(_ options: PublishOptions) {
        self.options = options
    }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count >= Self.mostEvents || body.count >= Self.enoughBytes }

    /// Adds an event.
    mutating func add(_ data: String) {
        if !body.isEmpty { body.append(0x0A) }
        var bytes: [UInt8] = []
        swap(&bytes, &body)
        // Each event is a text of its own: the writer is begun anew behind what stands there.
        var writer = JSONWriter(appendingTo: bytes)
        writer.beginObject()
        writer.key("topics")
        writer.strings(options.topics)
        if let type = options.type { writer.member("type", type) }
        if let id = options.id { writer.member("id", id) }
        if let retry = options.retry { writer.member("retry", retry.milliseconds) }
        writer.member("data", data)
        writer.endObject()
        body = writer.finish()
        count += 1
    }

    /// One event goes as JSON, several as NDJSON, all or none.
    var request: HTTPClient.Request {
        let type = count == 1 ? "application/json" : "application/x-ndjson"
        return HTTPClient.Request(
            "POST", options.url.url("/publish"),
            fields: [.init("Content-Type", type), .init("Accept", "application/json")]
                + HubToken.fields(options.token).map { .init($0.name, $0.value) },
            body: body)
    }

    /// The ids that the hub gave, in the order of the events.
    ///
    /// - Throws: ``CommandError`` for an answer that is not the hub's.
    func ids(status: Int, body: [UInt8]) throws(CommandError) -> [String] {
        let answer = try? JSONValue(parsing: body)
        let ids = answer?["ids"]?.elements?.compactMap(\.string) ?? answer?["id"]?.string.map { [$0] }
        guard (200..<300).contains(status), let ids, ids.count == count else {
            throw CommandError(
                .failed, "\(options.url.text) answered with status \(status), but not as a hub does; is --url a hub's?")
        }
        return ids
    }
}
