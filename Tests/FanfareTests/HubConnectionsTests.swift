import Fanfare
import Testing

@Suite struct HubConnectionsTests {
    /// Streams over HTTP, of which the program asks.
    @Test func `the program knows who is there, and can end streams`() async throws {
        try await withServer(workers: 2) { routes in
            routes.get("/ask") { request in
                let hub = request.hub
                let presence = try await hub.presence(on: "rooms/1")
                #expect(presence.users.map(\.user) == ["anna", "bo"])
                #expect(presence.users.map(\.streams) == [2, 1])
                #expect(presence.anonymous == 1)
                let all = try await hub.connections()
                #expect(all.count == 5 && Set(all.map(\.id)).count == 5)
                let bos = try await hub.connections(user: "bo")
                #expect(bos.count == 1 && bos[0].patterns == ["rooms/*"] && bos[0].address.hasPrefix("127.0.0.1:"))
                #expect(bos[0].opened > 1_600_000_000_000)
                try await #expect(hub.connections(on: "other").map(\.user) == ["cy"])
                await #expect(failure { () throws(Hub.Failure) in _ = try await hub.presence(on: "*") } == .badTopic)
                try await #expect(hub.disconnect(user: "anna", allowReconnect: false) == 2)
                try await #expect(hub.disconnect(id: bos[0].id) == 1)
                try await #expect(hub.disconnect(id: bos[0].id) == 0)
                try await #expect(hub.disconnect(on: "other") == 1)
                return .text("asked")
            }
            routes.hub()
        } _: { port in
            func open(_ query: String) async -> RawClient {
                let stream = RawClient(port: port)
                stream.send("GET", "/subscribe?\(query)")
                _ = await stream.receive(until: "id: ")
                return stream
            }
            let annas = [await open("topic=rooms/1&user=anna"), await open("topic=rooms/**&topic=rooms/1&user=anna")]
            let bo = await open("topic=rooms/*&user=bo")
            let nobody = await open("topic=rooms/1")
            let cy = await open("topic=other&user=cy")
            let client = RawClient(port: port)
            client.send("GET", "/ask")
            await #expect(client.receive(until: "asked").contains("asked"))
            for anna in annas { await #expect(anna.receive(until: "0\r\n\r\n").contains("~stop")) }
            let last = await bo.receive(until: "0\r\n\r\n")
            #expect(last.contains(": disconnected") && !last.contains("~stop"))
            await #expect(cy.receive(until: "0\r\n\r\n").contains(": disconnected"))
            for stream in annas + [bo, nobody, cy, client] { stream.end() }
        }
    }
}
