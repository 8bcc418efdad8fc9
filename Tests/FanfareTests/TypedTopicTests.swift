import Fanfare
import Testing

@Suite struct TypedTopicTests {
    struct Price: Codable, Sendable, Equatable {
        var symbol: String
        var cents: Int
    }

    private let prices = Topic<Price>("prices/{symbol}")

    @Test func `values are published and read as JSON`() async throws {
        try await withHub { hub in
            let all = hub.subscribe(prices.all)
            let apple = Price(symbol: "AAPL", cents: 101)
            let id = try await hub.publish(apple, to: prices(symbol: "AAPL"), type: "price")
            try await hub.publish(Price(symbol: "BRK/A", cents: 7), to: prices(symbol: "BRK.A"))
            var values = all.makeAsyncIterator()
            try await #expect(values.next() == apple)
            try await #expect(values.next()?.cents == 7)
            var events = all.events.makeAsyncIterator()
            let event = try #require(await events.next())
            #expect(event.value == apple && event.id == id && event.topics == ["prices/AAPL"] && event.type == "price")
            #expect(event.time > 1_600_000_000_000)
            let raw = try await hub.history("prices/AAPL").events
            #expect(raw.map(\.data) == [#"{"cents":101,"symbol":"AAPL"}"#])
            var one = hub.subscribe(prices(symbol: "BRK.A"), from: .earliest).makeAsyncIterator()
            try await #expect(one.next()?.symbol == "BRK/A")
            try await hub.end(prices(symbol: "BRK.A"))
            try await #expect(one.next() == nil)
            // The same value has the same bytes, and so it is the same event.
            for _ in 0..<5 {
                try await #expect(hub.publish(apple, to: prices(symbol: "AAPL"), id: "own") == "own")
            }
            try await #expect(hub.history("prices/AAPL").events.count == 2)
        }
    }

    @Test func `a value stands for one segment, and nothing else`() async throws {
        let rooms = Topic<Int>("houses/{house}/rooms/{room}")
        #expect(try rooms(house: 1, room: "a b").name == "houses/1/rooms/a b")
        #expect(try rooms(room: "é", house: "{room}").name == "houses/{room}/rooms/é")
        #expect(try rooms.all.name == "houses/*/rooms/*")
        #expect(try Topic<Int>("news")().name == "news")
        #expect(try Topic<Int>("/x//{y}")(y: 1).name == "/x//1")
        for wrong in [
            rooms(house: "", room: "1"), rooms(house: "a/b", room: "1"), rooms(house: "*", room: "1"),
            rooms(house: "**", room: "1"), rooms(house: "1"), rooms(), rooms(house: 1, room: 2, door: 3),
            rooms(house: 1, house: 2, room: 3),
        ] {
            #expect(throws: Hub.Failure.self) { try wrong.name }
        }
        try await withHub { hub in
            // A control character, and a pattern, are no name.
            for wrong in [rooms(house: "a\n", room: 1), rooms(house: "a/b", room: 1), rooms.all] {
                await #expect(failure { () throws(Hub.Failure) in try await hub.publish(1, to: wrong) } == .badTopic)
            }
            await #expect(
                failure { () throws(Hub.Failure) in
                    for try await _ in hub.subscribe(rooms(house: "a/b", room: 1)) {}
                } == .badTopic)
        }
    }

    @Test func `what is no value is told, and can be passed over`() async throws {
        try await withHub({ $0.retainEvents = 10 }) { hub in
            let topic = prices(symbol: "X")
            let first = try await hub.publish(Price(symbol: "X", cents: 0), to: topic)
            var values = hub.subscribe(topic, from: .earliest).makeAsyncIterator()
            try await #expect(values.next()?.cents == 0)
            let bad = try await hub.publish(Event("no JSON"), to: "prices/X")
            try await hub.publish(Price(symbol: "X", cents: 1), to: topic)
            let undecodable = try await #require(throws: Hub.Failure.self) { try await values.next() }
            #expect(undecodable.code == .undecodable && undecodable.eventID == bad)
            try await #expect(values.next()?.cents == 1)
            for cents in 2..<200 { try await hub.publish(Price(symbol: "X", cents: cents), to: topic) }
            var late = hub.subscribe(topic, from: .after(first)).makeAsyncIterator()
            let gap = try await #require(throws: Hub.Failure.self) { try await late.next() }
            #expect(gap.code == .gap)
            let id = try #require(gap.eventID)
            let next = try #require(await late.next())
            var again = hub.subscribe(topic, from: .after(id)).makeAsyncIterator()
            try await #expect(again.next() == next)
            let told = Shared<[Hub.Failure]>([])
            let skipped = try await hub.publish(Event("no JSON"), to: "prices/X")
            try await hub.publish(Price(symbol: "X", cents: 200), to: topic)
            var seen: [Int] = []
            for try await price in hub.subscribe(topic, from: .after(first)).skipping({ failure in
                told.change { $0.append(failure) }
            }) {
                seen.append(price.cents)
                if price.cents == 200 { break }
            }
            #expect(seen.last == 200 && seen == Array(200 - (seen.count - 1)...200))
            #expect(told.value.map(\.code) == [.gap, .undecodable] && told.value.last?.eventID == skipped)
            await #expect(
                failure { () throws(Hub.Failure) in
                    try await hub.publish(Double.nan, to: Topic<Double>("numbers")())
                } == .badEvent)
        }
    }
}
