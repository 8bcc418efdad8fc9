import Fanfare
import Testing

@Suite struct StreamedBodyTests {
    /// Sends a request with a body whose rest comes later.
    private static func begin(_ path: String, length: Int, _ some: String, on client: RawClient) {
        client.send("POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n\r\n\(some)")
    }

    @Test func `a body that a route leaves to the hub is collected first`() async throws {
        try await withServer { routes in
            routes.post("/publish", body: .streamed(upTo: 3)) { _ in .declined }
            routes.hub()
        } _: { port in
            let client = RawClient(port: port)
            let event = #"{"topic":"a","data":"x"}"#
            Self.begin("/publish", length: event.utf8.count, String(event.prefix(5)), on: client)
            client.send(String(event.dropFirst(5)))
            await #expect(client.receive(until: "}").hasPrefix("HTTP/1.1 201 "))
            client.end()
        }
    }

    @Test func `a body may be read by another task, and on another thread`() async throws {
        try await withServer { routes in
            routes.post("/", body: .streamed(upTo: 100)) { request in
                let count = try await Task.detached {
                    var count = 0
                    for try await piece in request.body { count += piece.count }
                    return count
                }.value
                return .text("\(count) bytes")
            }
        } _: { port in
            let client = RawClient(port: port)
            for _ in 0..<50 {
                Self.begin("/", length: 6, "abc", on: client)
                client.send("def")
                await #expect(client.receive(until: "bytes").contains("6 bytes"))
            }
            client.end()
        }
    }

    @Test func `a reader that is cancelled takes nothing, and another reads on`() async throws {
        let isCancelled = Gate()
        try await withServer { routes in
            routes.post("/", body: .streamed(upTo: 100)) { request in
                let impatient = Task { try await request.body.collect() }
                // It may wait by now, or not yet.
                await Task.yield()
                impatient.cancel()
                await #expect(throws: CancellationError.self) { try await impatient.value }
                await isCancelled.open()
                return .text("\(try await request.body.collect().count) bytes")
            }
        } _: { port in
            do {
                let client = RawClient(port: port)
                client.send(
                    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
                await #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
                await isCancelled.pass()
                client.send("abc")
                await #expect(client.receive(until: "bytes").contains("3 bytes"))
                client.end()
            }
        }
    }

    @Test func `two readers at a time, and collecting what was begun, are told to the log and not to the client`()
        async throws
    {
        try await withServer { routes in
            routes.post("/two", body: .streamed(upTo: 100)) { request in
                try await withThrowingTaskGroup { group in
                    for _ in 0..<2 { group.addTask { try await request.body.collect() } }
                    while try await group.next() != nil {}
                }
                return .text("both")
            }
            routes.post("/again", body: .streamed(upTo: 100)) { request in
                var pieces = request.body.makeAsyncIterator()
                _ = try await pieces.next()
                return .text("\(try await request.body.collect().count)")
            }
        } _: { port in
            for path in ["/two", "/again"] {
                let client = RawClient(port: port)
                Self.begin(path, length: 3, "a", on: client)
                await #expect(client.receive(until: "}").hasPrefix("HTTP/1.1 500 "))
                client.end()
            }
        }
    }

    @Test func `a body that is kept ends with its request`() async throws {
        let (bodies, keeper) = AsyncStream<RequestBody>.makeStream()
        try await withServer { routes in
            routes.post("/", body: .streamed(upTo: 100)) { request in
                keeper.yield(request.body)
                return .text("answered")
            }
        } _: { port in
            let client = RawClient(port: port)
            Self.begin("/", length: 3, "a", on: client)
            await #expect(client.receive(until: "answered").hasPrefix("HTTP/1.1 200 "))
            for await body in bodies {
                await #expect(throws: CancellationError.self) { try await body.collect() }
                break
            }
            client.end()
        }
    }

    @Test func `a body that is kept ends with its server`() async throws {
        let (bodies, keeper) = AsyncStream<RequestBody>.makeStream()
        let entered = Gate()
        try await withServer(drain: .zero) { routes in
            routes.post("/", body: .streamed(upTo: 100)) { request in
                keeper.yield(request.body)
                await entered.open()
                return .text("\(try await request.body.collect().count)")
            }
        } _: { port in
            let client = RawClient(port: port)
            Self.begin("/", length: 3, "a", on: client)
            await entered.pass()
        }
        for await body in bodies {
            var pieces = body.makeAsyncIterator()
            await #expect(throws: CancellationError.self) { while try await pieces.next() != nil {} }
            break
        }
    }

    @Test func `a connection too many is turned away at the head, and ends`() async throws {
        let entered = Gate()
        try await withServer(maxConnections: 1) { routes in
            routes.post("/", body: .streamed(upTo: 1 << 20)) { request in
                await entered.open()
                return .text("\(try await request.body.collect().count) bytes")
            }
        } _: { port in
            let first = RawClient(port: port)
            Self.begin("/", length: 6, "abc", on: first)
            await entered.pass()
            let second = RawClient(port: port)
            Self.begin("/", length: 1 << 20, "abc", on: second)
            let answer = await second.receive(until: "nothing more")
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("onnection: close"))
            first.send("def")
            await #expect(first.receive(until: "bytes").contains("6 bytes"))
            first.end()
            second.end()
        }
    }

    @Test func `a collected body may be read again, and knows its length`() async throws {
        try await withServer { routes in
            routes.post("/") { request in
                var sum = try await request.body.collect().count
                for try await piece in request.body { sum += piece.count }
                await #expect(throws: Problem.self) { try await request.body.collect(upTo: 2) }
                return .text("\(sum) of \(request.body.length ?? 0)")
            }
        } _: { port in
            let client = RawClient(port: port)
            Self.begin("/", length: 3, "abc", on: client)
            await #expect(client.receive(until: "of").contains("6 of 3"))
            client.end()
        }
    }

    @Test func `a request without a body has an empty one in every mode`() async throws {
        try await withServer { routes in
            for (path, mode) in [("/a", BodyMode.collected), ("/b", .streamed(upTo: 10))] {
                routes.post(path, body: mode) { request in
                    var pieces = 0
                    for try await _ in request.body { pieces += 1 }
                    return .text("\(pieces) pieces, \(try await request.body.collect().count) bytes")
                }
            }
        } _: { port in
            let client = RawClient(port: port)
            for path in ["/a", "/b"] {
                client.send("POST", path)
                await #expect(client.receive(until: "bytes").contains("0 pieces, 0 bytes"))
                Self.begin(path, length: 0, "", on: client)
                await #expect(client.receive(until: "bytes").contains("0 pieces, 0 bytes"))
            }
            client.end()
        }
    }
}
