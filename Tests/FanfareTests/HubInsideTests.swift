import Fanfare
import Testing

@Suite struct HubInsideTests {
    @Test func `what is published is read, from now and from the log`() async throws {
        try await withHub { hub in
            let before = try await hub.publish(Event("0"), to: "a")
            let events = hub.subscribe("a", "b/*")
            let first = try await hub.publish(Event("1", type: "t"), to: "a", "b/c")
            try await hub.publish(Event("x"), to: "c")
            try await hub.publish(Event("2"), to: ["b/d"])
            var iterator = events.makeAsyncIterator()
            let one = try #require(await iterator.next())
            #expect(one.id == first && one.data == "1" && one.type == "t" && one.topics == ["a", "b/c"])
            #expect(!one.isGap && one.time > 1_600_000_000_000 && one.event == Event("1", type: "t", id: first))
            try await #expect(iterator.next()?.data == "2")
            var earlier = hub.subscribe("a", from: .earliest).makeAsyncIterator()
            try await #expect(earlier.next()?.id == before)
            try await #expect(earlier.next()?.id == first)
            var last = hub.subscribe(["**"], from: .last(2)).makeAsyncIterator()
            try await #expect(last.next()?.data == "x")
            async let next = last.next()
            try await #expect(next?.data == "2")
        }
    }

    @Test func `a reader that waits is woken by what it waits for`() async throws {
        try await withHub { hub in
            let events = hub.subscribe("a")
            async let all = events.reduce(into: []) { $0.append($1.data) }
            for number in 0..<100 { try await hub.publish(Event("\(number)"), to: "a") }
            try await hub.end("a", with: Event("end"))
            let read = try await all
            #expect(read == (0..<100).map { "\($0)" } + ["end"])
        }
    }
}
