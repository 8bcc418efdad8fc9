import HTTPClient
import Testing

@Suite struct `A body that is not read` {
    @Test func `stops the server's writes, and goes on when it is read`() async throws {
        let total = 64 << 20
        let blocked = Signal<Int>()
        let server = ScriptedServer { connection in
            connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let sent = connection.write(upTo: total, patience: .milliseconds(500))
            blocked.give(sent)
            _ = connection.write(upTo: total - sent, patience: .seconds(600))
        }
        try await withHTTPClient { client in
            let response = try await client.send(.init("GET", server.url))
            let sent = try #require(await blocked.value())
            // What went is in the kernel's buffers of both sides; what this process holds is bounded by `bodyBuffer`.
            #expect(sent < 32 << 20)
            var received = 0
            for try await chunk in response.body {
                #expect(chunk.count <= 64 << 10)
                received += chunk.count
            }
            #expect(received == total)
        }
    }

    @Test func `does not stop another one`() async throws {
        let blocked = Signal<Int>()
        let server = ScriptedServer { connection in
            if connection.readHead().hasPrefix("GET /large") {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(64 << 20)\r\n\r\n")
                blocked.give(connection.write(upTo: 64 << 20, patience: .milliseconds(200)))
                connection.waitForClose()
            } else {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall")
            }
        }
        try await withHTTPClient { client in
            let large = try await client.send(.init("GET", server.url + "/large"))
            _ = await blocked.value()
            let small = try await client.send(.init("GET", server.url + "/small"))
            #expect(try await small.body.collect(upTo: 9) == Array("small".utf8))
            withExtendedLifetime(large) {}
        }
    }
}

@Suite struct `A transfer ends at once` {
    /// Sends a head, then nothing, and tells when the peer has closed.
    private func silentServer(_ closed: Signal<Void>, sendsHead: Bool) -> ScriptedServer {
        ScriptedServer { connection in
            connection.readHead()
            if sendsHead { connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") }
            connection.waitForClose()
            closed.give(())
        }
    }

    @Test(arguments: [true, false])
    func `when its task is cancelled`(hasHead: Bool) async throws {
        let closed = Signal<Void>()
        let server = silentServer(closed, sendsHead: hasHead)
        try await withHTTPClient { client in
            let started = Signal<Void>()
            let task = Task {
                if !hasHead { started.give(()) }
                let response = try await client.send(.init("GET", server.url))
                started.give(())
                for try await _ in response.body {}
            }
            _ = await started.value()
            task.cancel()
            let error = await #expect(throws: HTTPClientError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            if hasHead { _ = await closed.value() }
        }
    }

    @Test func `when its task was cancelled before it began`() async throws {
        try await withHTTPClient { client in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await client.send(.init("GET", "http://127.0.0.1:1/"))
            }
            let error = await #expect(throws: HTTPClientError.self) { try await task.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test func `when its response is let go`() async throws {
        let closed = Signal<Void>()
        let server = silentServer(closed, sendsHead: true)
        try await withHTTPClient { client in
            _ = try await client.send(.init("GET", server.url)).status
            _ = await closed.value()
        }
    }

    @Test func `when its client's scope ends`() async throws {
        let closed = Signal<Void>()
        let server = silentServer(closed, sendsHead: true)
        let (response, client) = try await withHTTPClient { client in
            (try await client.send(.init("GET", server.url)), client)
        }
        _ = await closed.value()
        var iterator = response.body.makeAsyncIterator()
        let error = await #expect(throws: HTTPClientError.self) { try await iterator.next() }
        #expect(error?.code == .closed)
        let later = await #expect(throws: HTTPClientError.self) { try await client.send(.init("GET", server.url)) }
        #expect(later?.code == .closed)
    }
}
