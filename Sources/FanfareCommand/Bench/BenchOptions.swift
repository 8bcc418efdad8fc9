/// What `fanfare bench` can be told.
struct BenchOptions: Sendable {
    var url = HubURL.local
    var trust = HubTrust()
    var token: HubToken?
    var streams = 1000
    var topics = 1
    var messages = 1000
    var publishers = 8
    var size = 128
    /// Messages a second; nil is as fast as they are acknowledged.
    var rate: Int?
    /// The server's process; nil has it looked for.
    var pid: Int?
    /// Whether streams share connections, by HTTP/2.
    var http2 = false
    var streamsPerConnection = 100
    var json = false

    static let table = OptionTable<BenchOptions>(
        command: .bench,
        options: [
            .hubURL(\.url), .trustedFile(\.trust.file), .blindTrust(\.trust.isBlind), .hubToken(\.token),
            OptionDefinition.count("streams", \.streams, "streams to open, one connection each but with --http2").only(
                .commandLine),
            OptionDefinition.count("topics", \.topics, "topics, among which streams and messages take turns")
                .only(.commandLine),
            OptionDefinition.count("messages", \.messages, "events to publish").only(.commandLine),
            OptionDefinition.count(
                "publishers", \.publishers, "connections that publish, with one request on the way each"
            ).only(.commandLine),
            OptionDefinition.count("size", \.size, "bytes of data of each event").only(.commandLine),
            OptionDefinition.value(
                "rate", "N/s", \.rate, "events to publish a second", read: readRate,
                show: { $0.map { "\($0)/s" } ?? "as fast as they are acknowledged" }
            ).only(.commandLine),
            OptionDefinition.count(
                "pid", \.pid, orElse: "looked for on this machine", "the hub's process, whose figures are read (Linux)"
            ).only(.commandLine),
            OptionDefinition.flag("http2", \.http2, "open the streams over HTTP/2").only(.commandLine),
            OptionDefinition.count(
                "streams-per-connection", \.streamsPerConnection, "streams that share a connection, with --http2"
            ).only(.commandLine),
            OptionDefinition.flag("json", \.json, "print the figures as one JSON object").only(.commandLine),
        ])

    static let note = """
        Opens the streams, publishes on bench/0, bench/1 and so on, and waits until all is delivered. All from one thread.
        Streams speak HTTP/1.1, and with --http2 HTTP/2, which over TLS is agreed on by ALPN, and in clear is known before. Who
        publishes speaks HTTP/1.1 always, so that runs differ in their streams only. Latency is from a request to publish until its event was read from a stream; with --rate, a message
        that had to wait for a free publisher counts from when it was due. Percentiles are at most 0.8 % too high.
        The hub's memory per stream is worth something on the first run after its start only: later streams find memory that
        earlier ones left.
        What limited the run is who was busy for 90 % of its time: the busiest thread of the server, this client's one thread,
        or all processors of the machine. If nobody was, it was the network, or waiting: a publisher sends its next event when
        the one before is answered. Of a server on another machine nothing is known, and nothing is said.
        Exit status 1 means that an event was lost or repeated, or that the run could not be carried out.
        """

    private static func readRate(_ text: String) throws(OptionValueError) -> Int? {
        let number = text.hasSuffix("/s") ? text.dropLast(2) : text[...]
        guard let rate = Decimal.read(number), rate > 0 else {
            throw OptionValueError("'\(text)' is not a rate; write events a second as 20/s")
        }
        return rate
    }

    /// Checks each count by itself.
    ///
    /// - Throws: ``CommandError`` that names the option.
    func validate() throws(CommandError) {
        let bounds = [
            ("streams", streams, 1, 1_000_000), ("topics", topics, 1, 1_000_000),
            ("messages", messages, 1, 1_000_000_000), ("publishers", publishers, 1, 10_000),
            // The data begins with what tells the run's events from others, and when they were sent.
            ("streams-per-connection", streamsPerConnection, 1, 1_000_000),
            ("size", size, EventStamp.byteCount, 1 << 20), ("rate", rate ?? 1, 1, 1_000_000),
            ("pid", pid ?? 1, 1, Int(Int32.max)),
        ]
        for (name, value, least, most) in bounds where !(least...most).contains(value) {
            throw CommandError(.usage, "--\(name): \(value) is not between \(least) and \(most)")
        }
    }
}
