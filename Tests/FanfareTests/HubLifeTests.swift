import Foundation
import Hub
import Network
import Testing

@testable import Fanfare
@testable import Workers

@Suite struct HubLifeTests {
    @Test func `what is asked before the server runs waits for it`() async throws {
        let world = try HubWorld()
        let hub = world.hub
        let early = hub.subscribe("a")
        let done = Shared<Set<String>>([])
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await hub.publish(Event("first"), to: "a")
                done.change { $0.insert("published") }
            }
            group.addTask {
                _ = try await hub.presence(on: "a")
                done.change { $0.insert("presence") }
            }
            group.addTask {
                // Now was when the server became ready.
                for try await event in early {
                    done.change { $0.insert(event.data) }
                    break
                }
            }
            for _ in 0..<100 { await Task.yield() }
            #expect(done.value.isEmpty)
            try await world.run { _ in await waiting { done.value.count == 3 } }
            try await group.waitForAll()
        }
        #expect(done.value == ["published", "presence", "first"])
    }

    @Test func `who waits for a server can be cancelled`() async throws {
        let hub = try HubWorld().hub
        let events = hub.subscribe("a")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await #expect(
                        failure { () throws(Hub.Failure) in try await hub.publish(Event("x"), to: "a") } == .cancelled)
                }
                group.addTask {
                    var iterator = events.makeAsyncIterator()
                    await #expect(throws: Never.self) {
                        let event = try await iterator.next()
                        #expect(event == nil)
                    }
                }
            }
            for _ in 0..<Int.random(in: 0..<50) { await Task.yield() }
            group.cancelAll()
        }
    }

    @Test func `a reader ends when its task is cancelled, and leaves nothing`() async throws {
        try await withHub { hub in
            let core = try await hub.binding.run().core
            for round in 0..<50 {
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<4 {
                        group.addTask {
                            do {
                                var count = 0
                                for try await _ in hub.subscribe("a", "b/*", from: .now) { count += 1 }
                                #expect(Task.isCancelled)
                            } catch {
                                Issue.record("\(error) of \(number) in \(round)")
                            }
                        }
                    }
                    if round % 2 == 0 { await waiting { core.lookout.watchCount == 4 } }
                    _ = try? await hub.publish(Event("x"), to: "b/c")
                    group.cancelAll()
                }
                #expect(core.lookout.watchCount == 0)
            }
        }
    }

    @Test func `after the end everything is refused, and who reads is told`() async throws {
        let world = try HubWorld()
        let hub = world.hub
        let isReading = Shared(false)
        async let end = failure { () throws(Hub.Failure) in
            for try await _ in hub.subscribe("a", from: .earliest) { isReading.change { $0 = true } }
        }
        let sequence = try await world.run { hub in
            try await hub.publish(Event("x"), to: "a")
            await waiting { isReading.value && hub.binding.present?.core.lookout.watchCount == 1 }
            return hub.subscribe("a")
        }
        await #expect(end == .stopped)
        await #expect(failure { () throws(Hub.Failure) in try await hub.publish(Event("x"), to: "a") } == .stopped)
        await #expect(failure { () throws(Hub.Failure) in _ = try await hub.inbox(of: "u").unread() } == .stopped)
        await #expect(
            failure { () throws(Hub.Failure) in
                var events = sequence.makeAsyncIterator()
                _ = try await events.next()
            } == .stopped)
    }

    @Test func `a server can be run again, one run at a time`() async throws {
        let world = try HubWorld()
        let hub = world.hub
        for round in 0..<3 {
            try await world.run { hub in
                try await hub.publish(Event("\(round)"), to: "a")
                // The log in memory is a new one each time.
                try await #expect(hub.history("a").events.map(\.data) == ["\(round)"])
                await #expect(throws: ServerError.self) { try await world.server.run() }
                try await hub.publish(Event("still there"), to: "a")
            }
        }
        let old = try await world.run { hub in
            // Whoever has an answer knows that the server runs: before it does, nobody knows where its log stands.
            _ = try await hub.history("a")
            return hub.subscribe("a")
        }
        try await world.run { hub in
            try await hub.publish(Event("new"), to: "a")
            // What came between the two logs nobody knows.
            var events = old.makeAsyncIterator()
            let gap = try #require(await events.next())
            #expect(gap.isGap && gap.data.contains(#""reason":"epoch""#))
            try await #expect(events.next()?.data == "new")
        }
        // One that was begun in another run does not go on.
        let reader = SendableReader(hub.subscribe("a", from: .earliest).makeAsyncIterator().reader)
        try await world.run { hub in
            try await hub.publish(Event("x"), to: "a")
            await #expect(failure { () throws(Hub.Failure) in _ = try await reader.reader.next() } == nil)
        }
        try await world.run { hub in
            await #expect(failure { () throws(Hub.Failure) in _ = try await reader.reader.next() } == .stopped)
        }
        await #expect(failure { () throws(Hub.Failure) in try await hub.publish(Event("x"), to: "a") } == .stopped)
    }

    @Test func `a server that cannot start says so, and those who wait are told`() async throws {
        try await HubWorld().run { _ in }
        let port = Shared("")
        let first = try HubWorld()
        try await withThrowingTaskGroup { group in
            group.addTask { try await first.server.run { urls in port.change { $0 = String(urls[0].dropFirst(7)) } } }
            await waiting { port.value != "" }
            let second = try HubWorld { $0.listen = [port.value] }
            let hub = second.hub
            async let code = failure { () throws(Hub.Failure) in try await hub.publish(Event("x"), to: "a") }
            await #expect(throws: ServerError.self) { try await second.server.run() }
            await #expect(code == .stopped)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    // MARK: - Background work

    @Test func `background work lasts as long as the server, and no longer`() async throws {
        let events = Shared<[String]>([])
        let world = try HubWorld(routes: { routes in
            routes.hub()
            routes.background { hub in
                try await hub.publish(Event("from routes"), to: "a")
                events.change { $0.append("routes began") }
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(1000)) }
                for _ in 0..<100 { await Task.yield() }
                // The log is still there.
                try await hub.publish(Event("farewell"), to: "a")
                events.change { $0.append("routes ended") }
            }
        })
        world.hub.background { hub in
            events.change { $0.append("early began") }
            do {
                for try await _ in hub.subscribe("nothing") {}
                events.change { $0.append("early ended") }
            } catch {
                Issue.record("\(error)")
            }
        }
        for round in 0..<2 {
            try await world.run { hub in
                let isDone = Shared(false)
                hub.background { hub in
                    try await hub.publish(Event("late"), to: "b")
                    isDone.change { $0 = true }
                }
                await waiting { isDone.value && events.value.contains("routes began") }
                await waiting { round > 0 || events.value.contains("early began") }
            }
            #expect(events.value.contains("routes ended"))
            // Once only.
            #expect(events.value.contains("early began") == (round == 0))
            #expect(events.value.contains("early ended") == (round == 0))
            events.change { $0 = [] }
        }
    }

    @Test
    func `background work that fails is logged and begun anew, if it belongs to the routes, and ends nothing else`()
        async throws
    {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            struct Mishap: Error {}
            struct OtherMishap: Error {}
            let (isOver, others) = (Shared(false), Shared(0))
            let world = try HubWorld(routes: { routes in
                let attempts = Shared(0)
                routes.background { hub in
                    attempts.change { $0 += 1 }
                    try await hub.publish(Event("x"), to: "a")
                    if attempts.value < 3 { throw Mishap() }
                    isOver.change { $0 = true }
                }
                // That it was cancelled is no news.
                routes.background { _ in try await Task.sleep(for: .seconds(1000)) }
                routes.background { hub in
                    while true {
                        _ = try await hub.publish(Event("x"), to: "a"); try await Task.sleep(for: .milliseconds(1))
                    }
                }
            })
            try await world.run { hub in
                hub.background { _ in
                    others.change { $0 += 1 }
                    throw OtherMishap()
                }
                await waiting { isOver.value }
                let events = hub.subscribe("a")
                var iterator = events.makeAsyncIterator()
                _ = try await iterator.next()
                #expect(others.value == 1)
            }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        let lines = text.split(separator: "\n").filter { $0.contains("background work failed") }
        func count(_ words: String) -> Int { lines.count { $0.contains(words) } }
        #expect(lines.count == 3, "\(text)")
        #expect(count("error=Mishap() again=\"in 1 s\"") == 1, "\(text)")
        #expect(count("error=Mishap() again=\"in 2 s\"") == 1, "\(text)")
        #expect(count("OtherMishap") == 1 && !lines.contains { $0.contains("OtherMishap") && $0.contains("again") })
    }

    @Test func `whoever publishes waits for a worker that sees nothing, and goes on with it`() async throws {
        let world = try HubWorld { $0.workers = 2 }
        try await world.run { hub in
            let core = try await hub.binding.run().core
            let worker = try #require(core.workers.first)
            let published = Shared(0)
            // Its loop is held until it is let go.
            let (held, letGo) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            worker.loop.submit {
                held.signal()
                letGo.wait()
            }
            await onThread { held.wait() }
            try await withThrowingTaskGroup { group in
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<4000 {
                            try await hub.publish(Event("x"), to: "a")
                            published.change { $0 += 1 }
                        }
                    }
                }
                await waiting { worker.batches.count >= 4096 }
                for _ in 0..<1000 { await Task.yield() }
                #expect(worker.batches.count <= 4096 + 3)
                #expect(published.value < 5000)
                letGo.signal()
                try await group.waitForAll()
            }
            #expect(published.value == 12_000)
        }
    }

    /// A server with a handler that heeds nothing until its gate opens, in a process of its own.
    private struct Stubborn {
        let began = Gate()
        let gate = Gate()
        let client: RawClient
        let running: Task<Void, any Error>
        let core: HubCore

        init() async throws {
            let world = try HubWorld(
                { $0.drain = .seconds(1000) },
                routes: { [began, gate] routes in
                    routes.get("/late") { _ in
                        await began.open()
                        await Task { await gate.pass() }.value
                        return .text("in the end")
                    }
                })
            let (ports, port) = AsyncStream<UInt16>.makeStream()
            running = Task {
                try await world.server.run { port.yield(UInt16($0[0].split(separator: ":").last!)!) }
            }
            var all = ports.makeAsyncIterator()
            client = RawClient(port: await all.next()!)
            client.send("GET", "/late")
            await began.pass()
            core = try await world.hub.binding.run().core
        }

        func signal() async {
            kill(getpid(), SIGTERM)
            await waiting { core.isDraining }
        }
    }

    @Test func `a cancellation beside a signal cuts nothing short`() async {
        await #expect(processExitsWith: .success) {
            let server = try await Stubborn()
            await server.signal()
            server.running.cancel()
            // Whoever would be cut by that is gone by then.
            for _ in 0..<1000 { await Task.yield() }
            await server.gate.open()
            let answer = await server.client.receive(until: "in the end")
            #expect(answer.hasSuffix("in the end"), "\(answer)")
            server.client.end()
            try await server.running.value
        }
    }
}

/// A reader that a test hands from one task to the next.
private struct SendableReader: @unchecked Sendable {
    // SAFETY: the tasks come one after the other.
    let reader: HubReader

    init(_ reader: HubReader) { self.reader = reader }
}
