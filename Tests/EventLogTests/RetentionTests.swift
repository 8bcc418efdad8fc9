import HubSamples
import SeededRandomness
import Testing
import TimerWheel

@testable import Hub

@Suite struct RetentionTests {
    /// Random appends, time and expiry against a list of all events there ever were.
    @Test(arguments: 0..<25, LogKind.all)
    func `the log keeps what all three limits allow`(seed: UInt64, kind: LogKind) throws {
        var random = SeededGenerator(seed: seed)
        let limits = Retention(
            events: [5, 40, 1000].randomElement(using: &random)!,
            age: [50, 1000, 1_000_000].randomElement(using: &random)!,
            bytes: [2000, 20_000, 1 << 40].randomElement(using: &random)!)
        let bench = LogBench(kind, events: limits.events, age: limits.age, bytes: limits.bytes)
        var all: [LoggedEvent] = []
        var first = 0
        for _ in 0..<150 {
            bench.now += [0, 0, 1, 20, 60].randomElement(using: &random)!
            // The clock for people goes as it likes.
            bench.time += Int.random(in: -5000...5000, using: &random)
            var isExpired = true
            if Int.random(in: 0..<4, using: &random) > 0 {
                let drafts = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                    let names = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                        topic(["a", "b", "c/d", "e"].randomElement(using: &random)!)
                    }
                    let data = String(repeating: "x", count: Int.random(in: 0...200, using: &random))
                    return try! Draft(topics: names, data: data)
                }
                guard case .committed(let ids) = bench.append([Publication(drafts)])[0] else {
                    Issue.record("refused, seed \(seed)")
                    return
                }
                try #require(Array(ids) == (1...drafts.count).map { "e1-\(all.count + $0)" })
                for batch in bench.queue.take() { all += batch.events }
            } else {
                bench.expire()
                isExpired = Bool.random(using: &random)
                if isExpired { bench.expire() }
            }
            // What must go goes, each from the front, and nothing else does.
            while first < all.count {
                let rest = all[first...]
                let isTooMuch = rest.count > limits.events || rest.reduce(0) { $0 + $1.footprint } > limits.bytes
                if !isTooMuch, bench.now - all[first].arrival <= limits.age { break }
                first += 1
            }
            try #require(bench.kept == first + 1..<all.count + 1, "seed \(seed)")
            var topics: [TopicName: (events: Int, lastID: String)] = [:]
            for event in all[first...] {
                for name in event.draft.topics { topics[name] = ((topics[name]?.events ?? 0) + 1, event.id) }
            }
            let told = bench.topics()
            try #require(told.count == topics.count, "seed \(seed)")
            for (name, entry) in topics {
                try #require(told[name]?.events == entry.events && told[name]?.lastID == entry.lastID, "seed \(seed)")
            }
        }
        try #require(all.map(\.position) == Array(1...all.count))
    }

    @Test(arguments: LogKind.all) func `a clock for people that steps back neither reorders nor loses nor expires`(
        kind: LogKind
    ) {
        let bench = LogBench(kind, age: 10_000)
        for step in [0, 1_000_000, -5_000_000, 3, -1] {
            bench.time += step
            bench.now += 1
            bench.append(draft("a"))
        }
        bench.expire()
        #expect(bench.kept == 1..<6)
        #expect(bench.read([pattern("a")]).events.map(\.position) == [1, 2, 3, 4, 5])
        #expect(bench.locate(.after("e1-2")) == Location(cursor: 2))
        #expect(bench.locate(.ago(3)).cursor == 1)
    }

    @Test(arguments: LogKind.all) func `an event of exactly the age is kept, and one a moment older is not`(
        kind: LogKind
    ) {
        let bench = LogBench(kind, age: 1000)
        bench.append(draft("a"))
        bench.now += 1000
        bench.expire()
        #expect(bench.kept == 1..<2)
        bench.now += 1
        bench.expire()
        #expect(bench.kept == 2..<2)
        bench.append(draft("a"))
        #expect(bench.kept == 2..<3)
    }

    @Test(arguments: LogKind.all) func `expiry takes short steps, and appending makes it go faster than events come`(
        kind: LogKind
    ) {
        let bench = LogBench(kind, age: 1000)
        bench.append([Publication((0..<6000).map { _ in draft("a") })])
        bench.now += 2000
        bench.expire()
        #expect(bench.kept == 4097..<6001)
        bench.append(draft("a"))
        #expect(bench.kept.lowerBound == 4097 + 65)
        bench.expire()
        #expect(bench.kept == 6001..<6002)
    }

    @Test(arguments: LogKind.all) func `half of what is kept is old by count, by bytes or by age`(kind: LogKind) {
        let bench = LogBench(kind, events: 10)
        #expect(bench.aging() <= 0)
        for _ in 0..<8 { bench.append(draft("a")) }
        #expect(bench.aging() == 3)
        for _ in 0..<12 { bench.append(draft("a")) }
        #expect(bench.aging() == 15)

        let aged = LogBench(kind, age: 1000)
        aged.append(draft("a"), draft("a"))
        aged.now += 501
        aged.append(draft("a"))
        #expect(aged.aging() == 2)

        let clock = Clock(now: 0, time: 0)
        let event = LoggedEvent(draft("a"), position: 1, epoch: "e1", publisher: nil, clock: clock, latest: nil)
        let footprint = event.footprint
        let sized = LogBench(kind, bytes: footprint * 10)
        for _ in 0..<30 { sized.append(draft("a")) }
        #expect(sized.kept == 21..<31)
        #expect(sized.aging() == 25)
    }
}
