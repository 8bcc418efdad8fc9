import HTTPClient
import Testing

@Suite struct `The client` {
    /// On a busy machine minutes may pass between two requests of one test.
    private static var patient: HTTPClient.Options {
        var options = HTTPClient.Options()
        options.idleConnection = .seconds(3600)
        return options
    }

    @Test func `gives status, fields and body of a response with a length`() async throws {
        let server = ScriptedServer { connection in
            connection.readHead()
            connection.write("HTTP/1.1 201 Created\r\nX-One:  a b \r\nx-one: c\r\nContent-Length: 5\r\n\r\nhello")
        }
        try await withHTTPClient { client in
            let response = try await client.send(.init("GET", server.url + "/"))
            #expect(response.status == 201)
            #expect(response["X-ONE"] == "a b")
            #expect(response.fields.filter { $0.name.lowercased() == "x-one" }.map(\.value) == ["a b", "c"])
            #expect(try await response.body.collect(upTo: 100) == Array("hello".utf8))
        }
    }

    @Test func `gives the head before any body has come`() async throws {
        let door = Door()
        let server = ScriptedServer { connection in
            connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            door.wait()
            connection.write("2\r\nok\r\n0\r\n\r\n")
        }
        try await withHTTPClient { client in
            let response = try await client.send(.init("GET", server.url))
            #expect(response.status == 200)
            door.open()
            #expect(try await response.body.collect(upTo: 100) == Array("ok".utf8))
        }
    }

    @Test(arguments: [true, false])
    func `gives chunks one by one as they come`(chunked: Bool) async throws {
        let door = Door()
        let parts = ["first", "second", "third"]
        let server = ScriptedServer { connection in
            connection.readHead()
            let framing = chunked ? "Transfer-Encoding: chunked" : "Connection: close"
            connection.write("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            for part in parts {
                connection.write(chunked ? "\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n" : part)
                door.wait()
            }
            if chunked { connection.write("0\r\n\r\n") }
        }
        try await withHTTPClient { client in
            let response = try await client.send(.init("GET", server.url))
            var iterator = response.body.makeAsyncIterator()
            for part in parts {
                var received = ""
                while received.utf8.count < part.utf8.count {
                    received += String(decoding: try #require(try await iterator.next()), as: UTF8.self)
                }
                #expect(received == part)
                door.open()
            }
            #expect(try await iterator.next() == nil)
        }
    }

    @Test func `sends method, fields and body, and nothing that nobody gave`() async throws {
        let seen = Signal<(String, String)>()
        let server = ScriptedServer { connection in
            let head = connection.readHead()
            seen.give((head, connection.readBody(3)))
            connection.write("HTTP/1.1 204 No Content\r\n\r\n")
        }
        try await withHTTPClient { client in
            let response = try await client.send(
                .init(
                    "POST", server.url + "/publish?a|b", fields: [.init("X-Id", "7"), .init("X-Empty", "")],
                    body: [97, 0, 98]))
            #expect(response.status == 204)
            let (head, body) = try #require(await seen.value())
            #expect(head.hasPrefix("POST /publish?a|b HTTP/1.1\r\n"))
            #expect(head.contains("\r\nX-Id: 7\r\n"))
            #expect(head.contains("\r\nX-Empty:"))
            #expect(head.contains("\r\nContent-Length: 3\r\n"))
            #expect(!head.lowercased().contains("content-type"))
            #expect(!head.lowercased().contains("expect:"))
            #expect(body == "a\0b")
        }
    }

    @Test(arguments: ["PUT", "DELETE", "POST", "OPTIONS"])
    func `any method goes with and without a body`(method: String) async throws {
        let seen = Signal<String>()
        let server = ScriptedServer { connection in
            for _ in 0..<2 {
                seen.give(connection.readHead())
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
        try await withHTTPClient(Self.patient) { client in
            for body in [nil, []] as [[UInt8]?] {
                let response = try await client.send(.init(method, server.url + "/x", body: body))
                #expect(try await response.body.collect(upTo: 0).isEmpty)
                #expect(try #require(await seen.value()).hasPrefix("\(method) /x HTTP/1.1\r\n"))
            }
        }
    }

    @Test func `keeps a connection for the next request`() async throws {
        let server = ScriptedServer(
            { connection in
                for number in 1...3 {
                    connection.readHead()
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
                }
            },
            { connection in connection.write("HTTP/1.1 500 a second connection\r\nContent-Length: 0\r\n\r\n") })
        try await withHTTPClient(Self.patient) { client in
            for number in 1...3 {
                let response = try await client.send(.init("GET", server.url))
                #expect(response.status == 200)
                #expect(try await response.body.collect(upTo: 9) == Array("\(number)".utf8))
            }
        }
    }

    @Test func `many requests at once all get their own answer`() async throws {
        let server = ScriptedServer { connection in
            while true {
                let head = connection.readHead()
                guard !head.isEmpty else { return }
                let target = String(head.split(separator: " ")[1])
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(target.utf8.count)\r\n\r\n\(target)")
            }
        }
        try await withHTTPClient { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let response = try await client.send(.init("GET", server.url + "/\(number)"))
                        #expect(try await response.body.collect(upTo: 9) == Array("/\(number)".utf8))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a 100 is no answer`() async throws {
        let server = ScriptedServer { connection in
            connection.readHead()
            connection.write(
                "HTTP/1.1 100 Continue\r\nX-Early: yes\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        try await withHTTPClient { client in
            let response = try await client.send(.init("POST", server.url, body: [1]))
            #expect(response.status == 200)
            #expect(response["X-Early"] == nil)
        }
    }
}

@Suite struct `A redirect` {
    @Test func `of a GET is followed`() async throws {
        let server = ScriptedServer { connection in
            while true {
                let head = connection.readHead()
                guard !head.isEmpty else { return }
                if head.hasPrefix("GET /old") {
                    connection.write("HTTP/1.1 307 Moved\r\nLocation: /new\r\nContent-Length: 4\r\n\r\nmove")
                } else {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew")
                }
            }
        }
        try await withHTTPClient { client in
            let response = try await client.send(.init("GET", server.url + "/old"))
            #expect(response.status == 200)
            #expect(response["Location"] == nil)
            #expect(try await response.body.collect(upTo: 9) == Array("new".utf8))
        }
    }

    @Test func `of anything else is the answer`() async throws {
        let server = ScriptedServer { connection in
            connection.readHead()
            connection.write("HTTP/1.1 307 Moved\r\nLocation: /new\r\nContent-Length: 4\r\n\r\nmove")
        }
        try await withHTTPClient { client in
            let response = try await client.send(.init("POST", server.url, body: []))
            #expect(response.status == 307)
            #expect(try await response.body.collect(upTo: 9) == Array("move".utf8))
        }
    }

    @Test func `without end is given up`() async throws {
        let server = ScriptedServer { connection in
            while !connection.readHead().isEmpty {
                connection.write("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
            }
        }
        await expect(.tooManyRedirects) { try await $0.send(.init("GET", server.url)) }
    }

    @Test func `to a file is refused`() async throws {
        let server = ScriptedServer { connection in
            connection.readHead()
            connection.write("HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n")
        }
        await expect(.invalidResponse) { try await $0.send(.init("GET", server.url)) }
    }
}

@Suite struct `A failure` {
    @Test func `to connect says that nothing answers there`() async throws {
        // A port that was free a moment ago, and is not listened on any more.
        let port = ScriptedServer { _ in }.port
        let error = await expect(.unreachable) {
            try await $0.send(.init("GET", "http://u:secret@127.0.0.1:\(port)/x?token=t"))
        }
        #expect(error?.message.hasPrefix("http://127.0.0.1:\(port): nothing answers there") == true)
    }

    @Test(arguments: [
        HTTPClient.Request("GET", "localhost:8080"), .init("GET", "ftp://localhost/"), .init("GET", "http:///x"),
        .init("GET", "http://localhost/a b"), .init("GET", "http://localhost/\r\nX: y"),
        .init("G T", "http://localhost/"),
        .init("GET", "http://localhost/", fields: [.init("A", "b\r\nC: d")]),
        .init("GET", "http://localhost/", fields: [.init("A:", "b")]),
    ])
    func `of a request that cannot be sent is told before anything is`(request: HTTPClient.Request) async throws {
        await expect(.invalidRequest) { try await $0.send(request) }
    }

    @Test func `is a connection lost before the head`() async throws {
        let server = ScriptedServer { connection in connection.readHead() }
        await expect(.connectionLost) { try await $0.send(.init("GET", server.url)) }
    }

    @Test func `is an answer that is not HTTP`() async throws {
        let server = ScriptedServer { connection in
            connection.readHead()
            connection.write("SSH-2.0-OpenSSH_9.2\r\n")
        }
        await expect(.invalidResponse) { try await $0.send(.init("GET", server.url)) }
    }

    @Test(arguments: [
        "Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ])
    func `in the middle of a body comes after the bytes that had come`(rest: String) async throws {
        let server = ScriptedServer { connection in
            connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\n" + rest)
        }
        try await withHTTPClient { client in
            let response = try await client.send(.init("GET", server.url))
            var received: [UInt8] = []
            let error = await #expect(throws: HTTPClientError.self) {
                for try await chunk in response.body { received += chunk }
            }
            #expect(received == Array("half".utf8))
            #expect(error?.code == .connectionLost)
        }
    }

    @Test func `is a body longer than its reader allows`() async throws {
        let server = ScriptedServer { connection in
            connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        }
        try await withHTTPClient { client in
            let response = try await client.send(.init("GET", server.url))
            let error = await #expect(throws: HTTPClientError.self) { try await response.body.collect(upTo: 4) }
            #expect(error?.code == .tooLarge)
        }
    }
}

/// Expects a request to fail so, in a client of its own.
@discardableResult
private func expect(
    _ code: HTTPClientError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ request: (HTTPClient) async throws -> HTTPClient.Response
) async -> HTTPClientError? {
    let error = await #expect(throws: HTTPClientError.self, sourceLocation: sourceLocation) {
        try await withHTTPClient { client in _ = try await request(client) }
    }
    #expect(error?.code == code, sourceLocation: sourceLocation)
    return error
}
