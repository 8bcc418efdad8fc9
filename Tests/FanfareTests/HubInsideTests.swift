import Hub
import Testing

@testable import Fanfare
@testable import Workers

@Suite struct HubInsideTests {
    @Test func `what is published is read, from now and from the log`() async throws {
        try await withHub { hub in
            let before = try await hub.publish(Event("0"), to: "a")
            let events = hub.subscribe("a", "b/*")
            let first = try await hub.publish(Event("1", type: "t"), to: "a", "b/c")
            try await hub.publish(Event("x"), to: "c")
            try await hub.publish(Event("2"), to: ["b/d"], isPrivate: true)
            var iterator = events.makeAsyncIterator()
            let one = try #require(await iterator.next())
            #expect(one.id == first && one.data == "1" && one.type == "t" && one.topics == ["a", "b/c"])
            #expect(!one.isGap && !one.isPrivate && one.time > 1_600_000_000_000)
            #expect(one.event == Event("1", type: "t", id: first))
            let two = try #require(await iterator.next())
            #expect(two.data == "2" && two.isPrivate)
            var earlier = hub.subscribe("a", from: .earliest).makeAsyncIterator()
            try await #expect(earlier.next()?.id == before)
            try await #expect(earlier.next()?.id == first)
            var last = hub.subscribe(["**"], from: .last(2)).makeAsyncIterator()
            try await #expect(last.next()?.data == "x")
            try await #expect(last.next()?.data == "2")
            var after = hub.subscribe("**", from: .after(first)).makeAsyncIterator()
            try await #expect(after.next()?.data == "x")
            var recent = hub.subscribe("**", from: .ago(.seconds(1000))).makeAsyncIterator()
            try await #expect(recent.next()?.data == "0")
            var dated = hub.subscribe("c", from: .time(millisecondsSince1970: one.time - 100_000)).makeAsyncIterator()
            try await #expect(dated.next()?.data == "x")
        }
    }

    @Test func `a reader that waits is woken by what it waits for, and ends with its topics`() async throws {
        try await withHub { hub in
            let events = hub.subscribe("a", "b")
            async let all = events.reduce(into: []) { $0.append($1.data) }
            for number in 0..<100 { try await hub.publish(Event("\(number)"), to: number % 2 == 0 ? "a" : "b") }
            try await hub.end("b")
            try await hub.publish(Event("100"), to: "a")
            try await hub.end("a", with: Event("end"))
            try await #expect(all == (0...100).map { "\($0)" } + ["end"])
            // All is there for who comes later, and then it is over; from now on nothing comes.
            try await #expect(hub.subscribe("a", from: .earliest).reduce(0) { count, _ in count + 1 } == 52)
            try await #expect(hub.subscribe("a", "b").reduce(0) { count, _ in count + 1 } == 0)
            await #expect(failure { () throws(Hub.Failure) in try await hub.publish(Event("x"), to: "a") } == .ended)
            await #expect(failure { () throws(Hub.Failure) in try await hub.end("a") } == .ended)
            // One of its topics goes on, or may: a pattern never ends.
            var open = hub.subscribe("a", "c", from: .earliest).makeAsyncIterator()
            for _ in 0..<52 { _ = try await open.next() }
            try await hub.publish(Event("c"), to: "c")
            try await #expect(open.next()?.data == "c")
        }
    }

    @Test func `what is wrong is told by its code`() async throws {
        try await withHub({
            $0.maxTopics = 2; $0.maxEventSize = 1000
        }) { hub in
            func refusal(
                _ event: Event, to topics: String..., key: String? = nil
            ) async -> Hub.Failure.Code? {
                await failure { () throws(Hub.Failure) in _ = try await hub.publish(event, to: topics, key: key) }
            }
            await #expect(refusal(Event("x"), to: "*") == .badTopic)
            await #expect(refusal(Event("x"), to: "") == .badTopic)
            await #expect(refusal(Event("x")) == .badEvent)
            await #expect(refusal(Event("x"), to: "a", "b", "c") == .tooManyTopics)
            await #expect(refusal(Event("x"), to: "$hub") == .reservedTopic)
            await #expect(refusal(Event(type: "t"), to: "a") == .badEvent)
            await #expect(refusal(Event("x", comment: "c"), to: "a") == .badEvent)
            await #expect(refusal(Event("x", type: "fanfare.gap"), to: "a") == .badEvent)
            await #expect(refusal(Event("x", id: "not an id"), to: "a") == .badEvent)
            await #expect(refusal(Event(String(repeating: "x", count: 1000)), to: "a") == .tooLarge)
            await #expect(refusal(Event("x", id: "own"), to: "a") == nil)
            await #expect(refusal(Event("y", id: "own"), to: "a") == .conflict)
            await #expect(refusal(Event("x"), to: "a", key: "k") == nil)
            await #expect(refusal(Event("y"), to: "a", key: "k") == .keyReused)
            await #expect(refusal(Event("y"), to: "a", key: "") == .badEvent)
            func start(_ events: HubEvents) async -> Hub.Failure.Code? {
                await failure { () throws(Hub.Failure) in
                    var iterator = events.makeAsyncIterator()
                    _ = try await iterator.next()
                }
            }
            await #expect(start(hub.subscribe("a", "**/b")) == .badTopic)
            await #expect(start(hub.subscribe([])) == .tooManyTopics)
            await #expect(start(hub.subscribe("a", "b", "c")) == .tooManyTopics)
            await #expect(start(hub.subscribe("a", from: .unread)) == .badStart)
            await #expect(start(hub.inbox(of: "a/b").events()) == .badUser)
        }
    }

    @Test func `two who publish the same at once under the same id publish it once`() async throws {
        try await withLogFile { path in
            for log in [Configuration.Log.memory, .sqlite(path)] {
                try await withHub({ $0.log = log }) { hub in
                    for tick in 0..<40 {
                        async let one = hub.publish(Event("tick", id: "clock-\(tick)"), to: "clock")
                        async let other = hub.publish(Event("tick", id: "clock-\(tick)"), to: "clock")
                        async let keyed = hub.publish(Event("tock"), to: "clock", key: "tock-\(tick)")
                        async let again = hub.publish(Event("tock"), to: "clock", key: "tock-\(tick)")
                        let (first, second) = try await (one, other)
                        #expect(first == "clock-\(tick)" && second == first)
                        let (third, fourth) = try await (keyed, again)
                        #expect(third == fourth)
                    }
                    let page = try await hub.history("clock", limit: 1000)
                    #expect(page.events.count == 80 && page.next == nil && !page.isGap)
                }
            }
        }
    }

    @Test func `history comes in pages, and says where it begins too late`() async throws {
        try await withHub({ $0.retainEvents = 50 }) { hub in
            var ids: [String] = []
            for number in 0..<100 {
                ids.append(try await hub.publish(Event("\(number)"), to: number % 2 == 0 ? "a/0" : "a/1"))
            }
            var read: [String] = []
            var next: String?
            repeat {
                let page = try await hub.history("a/*", after: next, limit: 7)
                #expect(page.events.count <= 7 && !page.isGap)
                read += page.events.map(\.id)
                next = page.next
            } while next != nil
            #expect(read == ids.suffix(read.count) && read.count >= 50)
            let late = try await hub.history("a/0", after: ids[3])
            #expect(late.isGap && late.events.allSatisfy { $0.topics == ["a/0"] })
            try await #expect(hub.history("a/0", after: ids[99]).events.isEmpty)
            try await #expect(hub.history("b").events.isEmpty)
            await #expect(failure { () throws(Hub.Failure) in _ = try await hub.history("**/a") } == .badTopic)
        }
    }

    @Test func `a gap is an element where the events would have been`() async throws {
        try await withHub({ $0.retainEvents = 10 }) { hub in
            let first = try await hub.publish(Event("0"), to: "a")
            var slow = hub.subscribe("a", from: .earliest).makeAsyncIterator()
            try await #expect(slow.next()?.data == "0")
            for number in 1...200 { try await hub.publish(Event("\(number)"), to: "a") }
            let kept = try await hub.history("a", limit: 1000).events
            for start in [StreamStart.after(first), .after("never-1"), .after("aaaaaa-3")] {
                var events = hub.subscribe("a", from: start).makeAsyncIterator()
                let gap = try #require(await events.next())
                #expect(gap.isGap && gap.type == "fanfare.gap" && gap.topics.isEmpty)
                #expect(gap.data.contains(start == .after(first) ? #""reason":"expired""# : #""repeats":true"#))
                try await #expect(events.next()?.id == kept[0].id)
                var again = hub.subscribe("a", from: .after(gap.id)).makeAsyncIterator()
                try await #expect(again.next()?.id == kept[0].id)
            }
            let gap = try #require(await slow.next())
            #expect(gap.isGap && gap.data.contains(#"{"requested":"\#(first)","reason":"expired","repeats":false}"#))
            for event in kept { try await #expect(slow.next()?.id == event.id) }
            // Who was told not to come back does not.
            try await #expect(
                hub.subscribe("a", from: .after("\(first)~stop")).reduce(0) { count, _ in count + 1 } == 0)
        }
    }

    @Test func `whoever waits on a quiet topic misses nothing of it, however much else comes and goes`() async throws {
        try await withHub({ $0.retainEvents = 10 }) { hub in
            try await reading(hub.subscribe("quiet")) { read in
                let lookout = try await hub.binding.run().core.lookout
                await waiting { lookout.watchCount == 1 }
                for round in 0..<5 {
                    for _ in 0..<200 { try await hub.publish(Event("x"), to: "busy") }
                    try await hub.publish(Event("\(round)"), to: "quiet")
                    await waiting { read.value.count > round }
                }
                #expect(read.value.map(\.data) == ["0", "1", "2", "3", "4"])
            }
        }
    }
}
