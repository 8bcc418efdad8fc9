import Fanfare
import Testing

/// What a program may look like under strict concurrency: that this compiles without a warning is half of the test.
@MainActor
final class Dashboard {
    private let hub: Hub
    private(set) var lines: [String] = []
    private var watching: Task<Void, any Error>?

    init(_ hub: Hub) { self.hub = hub }

    /// Reads on the main actor, and touches its state between two events.
    func watch(until last: String) async throws {
        for try await event in hub.subscribe("news/*", from: .earliest) {
            lines.append(event.data)
            if event.data == last { break }
        }
    }

    func begin() {
        watching = Task { [weak self, hub] in
            for try await line in hub.subscribe(Topic<String>("lines/{number}").all) { self?.lines.append(line) }
        }
    }

    func end() { watching?.cancel() }
}

actor Totals {
    private(set) var sum = 0

    func add(_ hub: Hub, _ topic: BoundTopic<Int>) async throws {
        var left = 3
        for try await value in hub.subscribe(topic, from: .earliest) {
            sum += value
            left -= 1
            if left == 0 { return }
        }
    }
}

@Suite struct UserProgramTests {
    @Test func `readers live on actors, in tasks and in handlers`() async throws {
        let numbers = Topic<Int>("numbers/{name}")
        let world = try HubWorld(routes: { routes in
            routes.post("/orders/{id}/ship") { request in
                try await request.hub.publish(
                    Event("shipped", type: "status"), to: "orders/\(request.parameters["id"])")
                return .status(.accepted)
            }
            routes.background { hub in
                for number in 1...3 { try await hub.publish(number, to: numbers(name: "one")) }
                for try await event in hub.subscribe("questions") {
                    try await hub.publish(Event("re: \(event.data)"), to: "news/answers")
                }
            }
            routes.hub()
        })
        try await world.run { hub in
            let totals = Totals()
            try await totals.add(hub, numbers(name: "one"))
            await #expect(totals.sum == 6)
            let dashboard = await Dashboard(hub)
            try await hub.publish(Event("hello"), to: "news/a")
            await dashboard.begin()
            async let done: Void = dashboard.watch(until: "re: why")
            // Asked again until the reader is there.
            while await !dashboard.lines.contains("re: why") {
                try await hub.publish(Event("why"), to: "questions")
                await Task.yield()
            }
            try await done
            await #expect(dashboard.lines.first == "hello")
            await dashboard.end()
            let firstOfEach = try await withThrowingTaskGroup(of: String?.self) { group in
                for topic in ["news/a", "news/answers"] {
                    group.addTask { try await hub.subscribe(topic, from: .earliest).first { _ in true }?.data }
                }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(firstOfEach == ["hello", "re: why"])
        }
    }
}
