import Fanfare
import JSONText
import Network
import Testing

@testable import FanfareCommand

@Suite struct `A run of a load` {
    private func plan(_ url: String, _ change: (inout BenchOptions) -> Void) throws -> BenchPlan {
        var options = BenchOptions()
        options.url = try HubURL(optionText: url)
        change(&options)
        return try BenchPlan(options)
    }

    /// Runs loads on a hub of this process.
    private func withHub(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
        var configuration = Configuration()
        configuration.listen = ["127.0.0.1:0"]
        configuration.open = true
        configuration.log = .memory
        configuration.workers = 2
        configuration.drain = .milliseconds(100)
        configuration.logLevel = .error
        let server = try Server(configuration)
        let (urls, continuation) = AsyncStream<String>.makeStream()
        try await withThrowingTaskGroup { group in
            group.addTask {
                defer { continuation.finish() }
                try await server.run { continuation.yield($0[0]) }
            }
            for await url in urls {
                try await body(url)
                break
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func `sees everything delivered`() async throws {
        try await withHub { url in
            for topics in [1, 7, 60] {
                let plan = try plan(url) {
                    ($0.streams, $0.topics, $0.messages, $0.publishers) = (50, topics, 200, 5)
                }
                let figures = try await BenchRun.figures(of: plan)
                #expect(figures.fault == nil)
                #expect(figures.opened == 50 && figures.published == 200 && figures.acknowledged == 200)
                #expect(figures.received == plan.expected && figures.expected == plan.expected)
                #expect(figures.latencies.count == plan.expected && figures.latencies.maximum <= figures.elapsed)
                #expect(BenchReport(plan: plan, figures: figures).text.contains("0 lost, 0 repeated"))
                #if os(Linux)
                    #expect(figures.serverTime != nil && figures.serverMemory != nil)
                #endif
            }
        }
    }

    @Test func `sees everything delivered over connections that streams share`() async throws {
        try await withHub { url in
            // Connections that are full, one that is not, and a single one.
            for (streams, shared, topics) in [(60, 20, 1), (50, 7, 3), (5, 100, 60)] {
                let plan = try plan(url) {
                    ($0.streams, $0.topics, $0.messages, $0.publishers) = (streams, topics, 200, 5)
                    ($0.http2, $0.streamsPerConnection) = (true, shared)
                }
                let figures = try await BenchRun.figures(of: plan)
                #expect(figures.fault == nil)
                #expect(figures.opened == streams && figures.received == plan.expected)
                #expect(plan.connections == (streams + shared - 1) / shared)
                #expect(BenchReport(plan: plan, figures: figures).text.contains("of HTTP/2\n"))
            }
        }
    }

    @Test func `ends when a connection may not have so many streams`() async throws {
        try await withHub { url in
            let plan = try plan(url) { ($0.streams, $0.http2, $0.streamsPerConnection) = (1001, true, 1001) }
            let error = await #expect(throws: CommandError.self) { try await BenchRun.figures(of: plan) }
            #expect(error?.message.contains("allows 1000 streams") == true)
        }
    }

    @Test func `keeps to a rate`() async throws {
        try await withHub { url in
            let plan = try plan(url) { ($0.streams, $0.messages, $0.rate) = (3, 20, 200) }
            let figures = try await BenchRun.figures(of: plan)
            #expect(figures.fault == nil)
            #expect(figures.rate != nil)
            #expect(figures.elapsed >= 95_000_000)
        }
    }

    @Test func `ends with what the hub said when it refuses an event`() async throws {
        try await withHub { url in
            let plan = try plan(url) { ($0.streams, $0.messages, $0.size) = (1, 1, 300_000) }
            let error = await #expect(throws: CommandError.self) { try await BenchRun.figures(of: plan) }
            #expect(error?.message.hasPrefix("not published: ") == true && error?.message.contains("413") == true)
        }
    }

    @Test func `ends with what the hub said when it refuses a stream`() async throws {
        try await withHub { url in
            for http2 in [false, true] {
                let plan = try plan(url + "/elsewhere") { ($0.streams, $0.http2) = (2, http2) }
                let error = await #expect(throws: CommandError.self) { try await BenchRun.figures(of: plan) }
                #expect(error?.message.contains("404") == true)
            }
        }
    }

    @Test func `says that nobody is there`() async throws {
        let plan = try plan("http://127.0.0.1:1") { $0.streams = 2 }
        #expect(plan.server == nil)
        let error = await #expect(throws: CommandError.self) { try await BenchRun.figures(of: plan) }
        #expect(error?.message.contains("cannot connect") == true)
    }

    @Test(arguments: [(1000, 1, 1000), (1, 1, 1), (10, 3, 10), (3, 10, 25), (10, 10, 3), (7, 5, 12)])
    func `expects a delivery for each stream of each event's topic`(streams: Int, topics: Int, messages: Int) throws {
        let plan = try plan("http://127.0.0.1:1") {
            ($0.streams, $0.topics, $0.messages) = (streams, topics, messages)
        }
        var sum = 0
        for stream in 0..<streams {
            for message in 0..<messages where plan.topic(of: stream) == plan.topic(of: message) { sum += 1 }
        }
        #expect(plan.expected == sum)
    }

    @Test func `tells programs the same figures`() throws {
        var figures = BenchFigures()
        (figures.opened, figures.expected, figures.received, figures.lost) = (10, 100, 99, 1)
        (figures.elapsed, figures.serverTime, figures.serverMemory) = (1_000_000_000, 990_000, 20_480)
        let report = BenchReport(plan: try plan("http://127.0.0.1:1") { $0.streams = 10 }, figures: figures)
        let json = try JSONValue(parsing: Array(report.json.utf8))
        #expect(json["received"]?.int == 99 && json["lost"]?.int == 1)
        #expect(json["server_us_per_delivery"]?.double == 10)
        #expect(json["server_bytes_per_stream"]?.double == 2048)
        #expect(json["limited_by"]?.string == "elsewhere")
        #expect(report.text.contains("the server's load is not known"))
        #expect(report.text.contains("10.0 µs per delivery") && report.text.contains("2.00 KiB per stream"))
        #expect(figures.fault == "1 of 100 deliveries were lost")
    }
}

@Suite struct `Options of bench` {
    private func options(_ arguments: [String]) throws -> BenchOptions {
        let parsed = try BenchOptions.table.parse(arguments)
        return try BenchOptions.table.apply(parsed.settings, to: BenchOptions()).target
    }

    @Test func `take a rate with its unit or without`() throws {
        #expect(try options(["--rate", "20/s"]).rate == 20)
        #expect(try options(["--rate", "20"]).rate == 20)
        for text in ["0", "/s", "20/m", "-1", "1.5", ""] {
            #expect(throws: CommandError.self) { try options(["--rate=\(text)"]) }
        }
    }

    @Test(arguments: [
        "--streams=0", "--topics=0", "--messages=0", "--publishers=0", "--size=34", "--pid=0",
        "--streams-per-connection=0",
    ])
    func `are refused when they make no run`(argument: String) throws {
        let error = #expect(throws: CommandError.self) { try options([argument]).validate() }
        #expect(error?.code == .usage && error?.message.hasPrefix(argument.prefix { $0 != "=" }) == true)
    }

    @Test func `spread many connections over source addresses`() throws {
        let target = try BenchTarget(try HubURL(optionText: "http://127.0.0.1:8080"))
        #expect(try target.source(ofConnection: 5, of: 20_000) == nil)
        #expect(try target.source(ofConnection: 5, of: 20_001)?.description == "127.0.0.1:0")
        #expect(try target.source(ofConnection: 20_000, of: 20_001)?.description == "127.0.0.2:0")
        #expect(try target.source(ofConnection: 5_100_000, of: 6_000_000)?.description == "127.0.1.0:0")
    }

    @Test(arguments: [
        ("http://localhost:8080", "localhost:8080", "", 8080), ("http://[::1]:80/hub/", "[::1]:80", "/hub", 80),
        ("http://localhost", "localhost", "", 80), ("HTTPS://localhost/", "localhost", "", 443),
    ])
    func `take the URL apart`(url: String, host: String, path: String, port: UInt16) throws {
        let target = try BenchTarget(try HubURL(optionText: url))
        #expect(target.host == host && target.path == path && target.address.isLoopback)
        #expect(target.address.port == port && (target.tls != nil) == (port == 443))
    }
}

@Suite struct `Figures for people` {
    @Test(arguments: [
        (0.0, "0.00"), (1.234, "1.23"), (9.996, "10.0"), (12.34, "12.3"), (1234.5, "1,235"), (-0.5, "-0.50"),
    ])
    func `have three digits that count`(value: Double, text: String) { #expect(Figure.decimal(value) == text) }

    @Test func `have units that fit`() {
        #expect(Figure.time(1500) == "1.50 µs" && Figure.time(2_000_000) == "2.00 ms")
        #expect(Figure.time(999_600_000) == "1.00 s")
        #expect(Figure.size(512) == "512 B" && Figure.size(-2048) == "-2.00 KiB")
        #expect(Figure.count(1_234_567) == "1,234,567" && Figure.count(-12) == "-12" && Figure.count(999) == "999")
    }
}
