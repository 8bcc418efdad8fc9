import Fanfare
import Foundation
import HTTPMessage
import Testing

@Suite struct RoutesTests {
    @Test func `a client that left while its route worked gets no stream, and nobody else gets its bytes`() async throws
    {
        let entered = Gate()
        let release = Gate()
        let presentation = EventPresentation { Event(data: $0.data) }
        let finished = Gate()
        try await withServer { routes in
            routes.get("/slow") { _ in
                await entered.open()
                await release.pass()
                await finished.open()
                return .stream(of: ["a"], as: presentation)
            }
            routes.hub()
        } _: { port in
            let leaving = RawClient(port: port)
            leaving.send("GET", "/slow")
            await entered.pass()
            leaving.reset()
            // Several rounds: the reset is seen in one, and its descriptor is free for the next connection.
            var others: [RawClient] = []
            for _ in 0..<5 {
                let other = RawClient(port: port)
                other.send("GET", "/healthz")
                await #expect(other.receive(until: "}").contains(#"{"status":"ok"}"#))
                others.append(other)
            }
            await release.open()
            await finished.pass()
            for other in others {
                other.send("GET", "/connections")
                let answer = await other.receive(until: "}")
                #expect(!answer.contains("event-stream"))
                #expect(answer.contains(#"{"connections":[],"next":null}"#))
                other.end()
            }
        }
    }

    @Test func `a route that declines leaves the request to the next that fits, with open places or without`()
        async throws
    {
        try await withServer { routes in
            routes.get("/a/b") { _ in .declined }
            routes.get("/a/{what}") { request in .text("what is \(try request.parameters["what"])") }
            routes.get("/{all}/b") { request in .text("all is \(try request.parameters["all"])") }
        } _: { port in
            for (path, text) in [
                ("/a/b", "what is b"), ("/a/%C3%A9", "what is é"), ("/x/b", "all is x"), ("/x/y", "404"),
            ] {
                let client = RawClient(port: port)
                client.send("GET", path)
                await #expect(client.receive(until: text).contains(text))
                client.end()
            }
        }
    }

    @Test func `a body that one route takes and the next does not is refused there`() async throws {
        try await withServer { routes in
            routes.post("/a") { _ in .declined }
            routes.post("/a", body: .streamed(upTo: 3)) { request in
                .text("took \(try await request.body.collect().count)")
            }
        } _: { port in
            for (body, status) in [("abc", "200"), ("abcd", "413")] {
                let client = RawClient(port: port)
                client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                await #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 \(status) "))
                client.end()
            }
        }
    }

    private enum Customer: RequestKey { typealias Value = String }
    private enum Other: RequestKey { typealias Value = String }

    @Test func `what middleware adds to a request is there for the handlers behind it`() async throws {
        try await withServer { routes in
            routes.get("/before") { request in .text("before: \(request[Customer.self] ?? "nobody")") }
            routes.use { request, next in
                var request = request
                request[Customer.self] = try request.query("name")
                return try await next(request)
            }
            routes.use { request, next in
                var request = request
                if request[Customer.self] == "eve" { request[Customer.self] = nil }
                return try await next(request)
            }
            routes.get("/orders") { request in
                .text("orders: \(request[Customer.self] ?? "nobody"), \(request[Other.self] ?? "nothing")")
            }
        } _: { port in
            for (target, text) in [
                ("/before?name=anna", "before: nobody"), ("/orders?name=anna", "orders: anna, nothing"),
                ("/orders?name=eve", "orders: nobody, nothing"), ("/orders", "orders: nobody, nothing"),
            ] {
                let client = RawClient(port: port)
                client.send("GET", target)
                await #expect(client.receive(until: text).hasSuffix(text))
                client.end()
            }
        }
    }

    @Test func `pages of any origin may read what went wrong, too`() async throws {
        struct Secret: Error {}
        try await withServer { routes in
            routes.allowAnyOrigin()
            routes.get("/fails") { _ in throw Secret() }
            routes.get("/refuses") { _ in throw Problem(.conflict, "no-luck", "try another") }
            routes.get("/unencodable") { _ in .json(Double.nan) }
        } _: { port in
            for (path, status) in [("/fails", "500"), ("/refuses", "409"), ("/unencodable", "500")] {
                let client = RawClient(port: port)
                client.send("GET", path)
                let answer = await client.receive(until: "}")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
                #expect(answer.lowercased().contains("\r\naccess-control-allow-origin: *\r\n"), "\(answer)")
                client.end()
            }
        }
    }

    @Test func `a response has one media type, the one that its fields say`() async throws {
        try await withServer { routes in
            let fields: HTTPFields = ["content-type": "application/ld+json"]
            routes.get("/json") { _ in .json(["a"], fields: fields) }
            routes.get("/text") { _ in .text("a", fields: fields) }
            routes.get("/body") { _ in .body(length: 1, fields: fields) { try await $0.write([0x61]) } }
        } _: { port in
            for path in ["/json", "/text", "/body"] {
                let client = RawClient(port: port)
                client.send("GET", path)
                let head = await client.receive(until: "\r\n\r\n").lowercased()
                #expect(head.components(separatedBy: "\r\ncontent-type: ").count == 2, "\(head)")
                #expect(head.contains("\r\ncontent-type: application/ld+json\r\n"))
                client.end()
            }
        }
    }

    @Test func `an error that a route throws is answered with 500, and its text is kept from the client`() async throws
    {
        struct Secret: Error { let word = "hunter2" }
        try await withServer { routes in
            routes.get("/fails") { _ in throw Secret() }
        } _: { port in
            let client = RawClient(port: port)
            client.send("GET", "/fails")
            let answer = await client.receive(until: "}")
            #expect(answer.hasPrefix("HTTP/1.1 500 "))
            #expect(answer.contains("application/problem+json"))
            #expect(!answer.contains("hunter2"))
            client.end()
        }
    }

    @Test func `an event that the program publishes reaches streams, and a wrong one is refused`() async throws {
        try await withServer { routes in
            routes.post("/publish-here") { request in
                try await request.hub.publish(Event("hello", type: "greeting"), to: "a")
                for wrong in [Event(type: "no data"), Event("x", comment: "c"), Event("x", type: "fanfare.x")] {
                    await #expect(throws: Hub.Failure.self) { try await request.hub.publish(wrong, to: "a") }
                }
                await #expect(throws: Hub.Failure.self) { try await request.hub.publish(Event("x"), to: "*") }
                return .text("done")
            }
            routes.hub()
        } _: { port in
            let stream = RawClient(port: port)
            stream.send("GET", "/subscribe?topic=a")
            await #expect(stream.receive(until: "id: ").contains("text/event-stream"))
            let client = RawClient(port: port)
            client.send("POST", "/publish-here")
            await #expect(client.receive(until: "done").contains("done"))
            await #expect(stream.receive(until: "data: hello").contains("event: greeting"))
            stream.end()
            client.end()
        }
    }

    @Test func `that cannot be made are told where the server is made`() {
        struct NoFile: Error {}
        var configuration = Configuration()
        configuration.open = true
        #expect(throws: NoFile.self) {
            try Server(configuration) { routes in
                routes.get("/") { _ in .text("never") }
                try routes.group("/files") { _ in throw NoFile() }
            }
        }
        // What is wrong with the configuration is told as before.
        configuration.listen = []
        #expect(throws: ConfigurationError.self) { try Server(configuration) { $0.hub() } }
    }

    @Test func `see methods as values, which read as they are written`() async throws {
        try await withServer { routes in
            for method in [HTTPMessage.Method.get, .other("PURGE")] {
                routes.on(method, "/") { request in
                    switch request.method {
                    case .get: .text("get, written \(request.method).")
                    case .head: .status(.accepted)
                    default: .text("another, written \(request.method).")
                    }
                }
            }
        } _: { port in
            for (method, text) in [
                ("GET", "get, written GET."), ("PURGE", "another, written PURGE."), ("HEAD", " 202 "),
            ] {
                let client = RawClient(port: port)
                client.send(method, "/")
                await #expect(client.receive(until: text).contains(text))
                client.end()
            }
        }
    }
}
