// What a server held is given back when it ends inside a program that goes on.

import Synchronization
import Testing

@testable import Fanfare
@testable import Workers

@Suite struct EndOfServerTests {
    /// Knows a server's core, with its log, without keeping it.
    private final class Witness: Sendable {
        private struct Reference { weak var core: HubCore? }
        private let reference = Mutex(Reference())

        func note(_ core: HubCore) { reference.withLock { $0.core = core } }

        var isCoreThere: Bool { reference.withLock { $0.core != nil } }
    }

    @Test(arguments: 0..<8) func `a server that has ended keeps nothing, whatever its clients were at`(
        round: Int
    ) async throws {
        let witness = Witness()
        try await withServer(
            workers: 2, drain: .zero,
            routes: { routes in
                routes.hub()
                routes.get("/witness") { request in
                    witness.note(try await request.hub.binding.run().core)
                    return .text("seen")
                }
                // Its answer is a letter to the loop in the very round in which that ends.
                routes.get("/late") { request in
                    let hub = request.hub
                    while hub.binding.present?.core.isDraining == false { await Task.yield() }
                    return .text("too late")
                }
            },
            { port in
                let first = RawClient(port: port)
                first.send("GET", "/witness")
                _ = await first.receive(until: "seen")
                #expect(witness.isCoreThere)
                let clients = (0..<8).map { _ in RawClient(port: port) }
                clients[0].send("GET /healthz HT")
                first.send("GET", "/late")
                clients[1].send("GET", "/subscribe?topic=a")
                _ = await clients[1].receive(until: "\n\n")
                // In the round in which the server stops, or about then.
                for client in clients[2...] {
                    let body = #"{"topic":"a","data":"d"}"#
                    let publish =
                        "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + publish + publish)
                    client.send("GET", "/topics")
                }
            })
        #expect(!witness.isCoreThere)
    }

    @Test(arguments: 1..<4) func `a server does not end before its handlers, even one that heeds nothing`(
        workers: Int
    ) async throws {
        let (began, gate) = (Gate(), Gate())
        let steps = Shared<[String]>([])
        try await withServer(
            workers: workers, drain: .zero,
            routes: { routes in
                routes.get("/stubborn") { _ in
                    await began.open()
                    // Another task is not cancelled with this one.
                    await Task { await gate.pass() }.value
                    steps.change { $0.append(Task.isCancelled ? "cancelled" : "left alone") }
                    return .text("too late")
                }
            },
            { port in
                let client = RawClient(port: port)
                client.send("GET", "/stubborn")
                await began.pass()
                Task {
                    // Its connection is cut at the deadline.
                    _ = await client.receive(until: "nothing")
                    for _ in 0..<1000 { await Task.yield() }
                    steps.change { $0.append("the gate opens") }
                    await gate.open()
                    client.end()
                }
            })
        #expect(steps.value == ["the gate opens", "cancelled"])
    }
}
