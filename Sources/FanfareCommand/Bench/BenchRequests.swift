internal import HTTPMessage

/// The requests of a run, as bytes.
struct BenchRequests: Sendable {
    private let target: BenchTarget
    private let token: HubToken?
    private let run: UInt32
    private let padding: [UInt8]
    /// The heads of requests to publish, by the number of digits of the topic: nothing else in them differs.
    private var publishHeads: [Int: [UInt8]] = [:]

    /// - Throws: ``CommandError`` when the URL has something that cannot stand in a request.
    init(_ target: BenchTarget, token: HubToken? = nil, run: UInt32, size: Int) throws(CommandError) {
        self.target = target
        self.token = token
        self.run = run
        padding = [UInt8](repeating: UInt8(ascii: "x"), count: size - EventStamp.byteCount)
        _ = try head(.get, "/subscribe", [])
    }

    /// The name of a topic.
    static func name(ofTopic topic: Int) -> String { "bench/\(topic)" }

    /// Asks for a stream.
    func subscribe(toTopic topic: Int) throws(CommandError) -> [UInt8] {
        let query = "?topic=" + PercentEncoding.encode(Self.name(ofTopic: topic))
        return try head(.get, "/subscribe" + query, [("Accept", "text/event-stream")])
    }

    /// The same as fields of HTTP/2.
    func subscribeFields(toTopic topic: Int) -> [(name: String, value: String)] {
        let query = "?topic=" + PercentEncoding.encode(Self.name(ofTopic: topic))
        return [
            (":method", "GET"), (":scheme", target.tls == nil ? "http" : "https"), (":authority", target.host),
            (":path", target.path + "/subscribe" + query), ("user-agent", Self.agent),
            ("accept", "text/event-stream"),
        ] + HubToken.fields(token).map { ($0.name.lowercased(), $0.value) }
    }

    /// Publishes an event that was sent at a time.
    mutating func publish(toTopic topic: Int, sentAt clock: UInt64) throws(CommandError) -> [UInt8] {
        let name = Self.name(ofTopic: topic)
        var body = Array("{\"topic\":\"\(name)\",\"data\":\"".utf8)
        EventStamp(run: run, topic: UInt32(topic), clock: clock).append(to: &body)
        body += padding
        body += Array("\"}".utf8)
        if let known = publishHeads[name.utf8.count] { return known + body }
        let made = try head(
            .post, "/publish", [("Content-Type", "application/json"), ("Content-Length", String(body.count))])
        publishHeads[name.utf8.count] = made
        return made + body
    }

    private static var agent: String { "fanfare-bench/\(Version.number)" }

    private func head(
        _ method: Method, _ path: String, _ fields: [(name: String, value: String)]
    ) throws(CommandError) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(MessageError) {
            let own = [("Host", target.host), ("User-Agent", Self.agent)] + HubToken.fields(token)
            try RequestHead.write(method, target.path + path, fields: own + fields, to: &bytes)
        } catch {
            throw CommandError(.usage, "--url: \(error.detail)")
        }
        return bytes
    }
}
