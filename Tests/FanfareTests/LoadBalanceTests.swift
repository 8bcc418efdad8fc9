import Fanfare
import Network
import SeededRandomness
import Synchronization
import Testing

@Suite struct LoadBalanceTests {
    @Test(arguments: [
        (0, 0, false), (1, 0, true), (1, 1, false), (5, 5, false), (5, 4, true), (4, 5, false), (15, 15, false),
        (16, 15, true), (17, 16, false), (18, 16, true), (106, 100, false), (107, 100, true), (1062, 1000, false),
        (1063, 1000, true), (0, Int.max / 2, false),
    ])
    func `a worker hands over when it has more than a sixteenth more`(own: Int, least: Int, isHandedOver: Bool) {
        #expect(LoadBalance.handsOver(own: own, least: least) == isHandedOver)
    }

    @Test(arguments: [2, 4])
    func `few streams are spread evenly`(workers: Int) async throws {
        try await withServer(workers: workers) { port in
            var streams: [RawClient] = []
            for _ in 0..<10 * workers { streams.append(await openStream(port)) }
            // The connection that asks, and perhaps its forerunner, may have taken a stream's place.
            for count in await ServerWatch(port).streams(workers) { #expect(abs(count - 10) <= 1) }
            for stream in streams { stream.end() }
        }
    }

    @Test(arguments: [2, 4])
    func `every worker carries its share of streams that are opened one after the other`(workers: Int) async throws {
        try await withServer(workers: workers) { port in
            var streams: [RawClient] = []
            for _ in 0..<200 { streams.append(await openStream(port)) }
            let counts = await ServerWatch(port).streams(workers)
            #expect(counts.reduce(0, +) == 200)
            for count in counts {
                #expect(count * workers * 100 >= 200 * 90 && count * workers * 100 <= 200 * 110, "\(counts)")
            }
            for stream in streams { stream.end() }
        }
    }

    @Test(arguments: [(2, 1), (2, 2), (3, 3), (4, 4)] as [(Int, UInt64)])
    func `whatever closes, the next stream goes where there is room`(workers: Int, seed: UInt64) async throws {
        try await withServer(workers: workers) { port in
            var random = SeededGenerator(seed: seed)
            let watch = ServerWatch(port)
            var streams: [RawClient] = []
            var before = await watch.streams(workers)
            for _ in 0..<150 {
                if streams.isEmpty || Int.random(in: 0..<5, using: &random) < 3 {
                    streams.append(await openStream(port))
                    let after = await watch.streams(workers)
                    let grown = (0..<workers).filter { after[$0] > before[$0] }
                    try #require(grown.count == 1)
                    // The connection that asks counts too, wherever it is.
                    let least = before.min()! + 1
                    #expect(before[grown[0]] <= least + least / 16, "\(before) to \(after)")
                    before = after
                } else {
                    streams.remove(at: Int.random(in: 0..<streams.count, using: &random)).end()
                    repeat { before = await watch.streams(workers) } while before.reduce(0, +) > streams.count
                }
            }
            for stream in streams { stream.end() }
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a connection that is handed over counts once, until it is gone`() async throws
    {
        try await withServer(workers: 2, maxConnections: 21) { port in
            let watch = ServerWatch(port)
            for _ in 0..<3 {
                var streams: [RawClient] = []
                while streams.count < 20 {
                    // Else its connection is idle for too long on a busy machine, and leaves its place to another.
                    _ = await watch.streams(2)
                    let client = RawClient(port: port)
                    client.send("GET", "/subscribe?topic=a")
                    // One that was turned away before may not be gone yet, and counts as long as it is there.
                    if await client.receive(until: "\r\n\r\n").contains(" 200 ") {
                        streams.append(client)
                    } else {
                        client.end()
                    }
                }
                let open = await watch.streams(2)
                #expect(open.reduce(0, +) == 20, "\(open)")
                let surplus = RawClient(port: port)
                surplus.send("GET", "/subscribe?topic=a")
                #expect(await surplus.receive(until: "\r\n\r\n").contains(" 503 "))
                surplus.end()
                for stream in streams { stream.end() }
                while await watch.streams(2).reduce(0, +) > 0 {}
            }
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: [2, 4])
    func `no connection is left open when the server stops while they come`(workers: Int) async throws {
        let clients = Shared<[RawClient]>([])
        let enough = Gate()
        let visitors = Shared<[Task<Void, Never>]>([])
        try await withServer(workers: workers) { port in
            for _ in 0..<3 {
                let visitor = Task {
                    await onThread {
                        for number in 0..<1000 {
                            guard let client = RawClient(ifListening: port) else { break }
                            if number % 2 == 0 { client.send("GET", "/subscribe?topic=a") }
                            clients.change { $0.append(client) }
                            if number == 50 { Task { await enough.open() } }
                        }
                    }
                }
                visitors.change { $0.append(visitor) }
            }
            await enough.pass()
        }
        for visitor in visitors.value { await visitor.value }
        // One ends only when every descriptor for it is closed.
        await RawClient.endAll(clients.value)
    }
}

/// A connection that asks the server which of its workers carries how many streams.
private struct ServerWatch {
    private let client: RawClient

    init(_ port: UInt16) { client = RawClient(port: port) }

    /// How many streams each worker carries: an id begins with its worker's number.
    func streams(_ workers: Int) async -> [Int] {
        client.send("GET", "/connections?limit=1000")
        let answer = await client.receive(until: #""next":null"#)
        return (0..<workers).map {
            answer.split(separator: #"{"id":"\#($0)-"#, omittingEmptySubsequences: false).count - 1
        }
    }
}

/// Opens a stream, and waits until it is told where it starts.
private func openStream(_ port: UInt16) async -> RawClient {
    let client = RawClient(port: port)
    client.send("GET", "/subscribe?topic=a")
    let answer = await client.receive(until: "id: ")
    #expect(answer.contains("text/event-stream"))
    return client
}
