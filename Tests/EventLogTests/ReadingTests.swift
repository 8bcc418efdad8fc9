import HubSamples
import SeededRandomness
import Testing
import TimerWheel

@testable import Hub

@Suite struct ReadingTests {
    /// Random pages against a list of all events.
    @Test(arguments: 0..<20, LogKind.all)
    func `pages bring each event that matches once and in order`(seed: UInt64, kind: LogKind) throws {
        let isExact = seed % 2 == 0
        var random = SeededGenerator(seed: seed)
        let bench = LogBench(kind, events: 60)
        let names = ["a", "b", "a/b", "b/c"]
        var all: [LoggedEvent] = []
        for _ in 0..<40 {
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let topics = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    topic(names.randomElement(using: &random)!)
                }
                let data = String(repeating: "x", count: Int.random(in: 0...50, using: &random))
                bench.append([Publication([try Draft(topics: topics, data: data)])])
            }
            for batch in bench.queue.take() { all += batch.events }
            let texts = (isExact ? names + ["none"] : names + ["*", "**", "a/*", "*/c"]).shuffled(using: &random)
            let patterns = Subscription(patterns: texts.prefix(Int.random(in: 1...3, using: &random)).map(pattern))
                .patterns
            let after = Int.random(in: 0...all.count, using: &random)
            let through = Int.random(in: 0...all.count + 3, using: &random)
            let events = [1, 2, 5, 1000].randomElement(using: &random)!
            let bytes = [1, 60, 200, 1 << 20].randomElement(using: &random)!
            let page = bench.read(patterns, after: after, through: through, events: events, bytes: bytes)
            // All that matches, as far as the limits go.
            let first = bench.kept.lowerBound
            let from = max(after, first - 1)
            var wanted: [LoggedEvent] = []
            var size = 0
            var isFull = false
            for event in all where event.position > from && event.position <= through && !isFull {
                guard event.draft.topics.contains(where: { name in patterns.contains { $0.matches(name) } }) else {
                    continue
                }
                wanted.append(event)
                size += event.draft.size
                isFull = wanted.count == events || size >= bytes
            }
            try #require(page.events.map(\.position) == wanted.map(\.position), "seed \(seed)")
            try #require(page.lostThrough == (after < first - 1 ? first - 1 : nil), "seed \(seed)")
            let end = isFull ? wanted.last!.position : max(from, min(through, all.count))
            try #require(page.cursor == end, "seed \(seed): \(patterns.map(\.text)) after \(after) through \(through)")
        }
    }

    @Test(arguments: [(["rare/**", "rare"], 5), (["*"], 3), (["r*", "rare/**", "rare", "*/rare"], 10)])
    func `a page for wildcards examines some thousands of events, the fewer the more patterns there are`(
        texts: [String], wanted: Int
    ) {
        let bench = LogBench(.memory)
        bench.append([Publication((0..<5000).map { draft($0 == 4999 ? "rare" : "busy/\($0)") })])
        var cursor = 0
        var pages = 0
        var found: [Position] = []
        while cursor < 5000, pages < 20 {
            let page = bench.page(
                ReadRequest(
                    patterns: texts.map(pattern), after: cursor, through: .max, events: 1000, bytes: 1 << 30))
            #expect(page.cursor > cursor && page.lostThrough == nil)
            cursor = page.cursor
            found += page.events.map(\.position)
            pages += 1
        }
        #expect(found == [5000])
        #expect(pages == wanted)
    }

    @Test(arguments: LogKind.all) func `an event of several topics comes once`(kind: LogKind) {
        let bench = LogBench(kind)
        bench.append(draft("a", "b"), draft("b"), draft("b", "a", "c"))
        #expect(bench.read([pattern("a"), pattern("b"), pattern("c")]).events.map(\.position) == [1, 2, 3])
        #expect(bench.read([pattern("a"), pattern("*")]).events.map(\.position) == [1, 2, 3])
    }

    @Test(arguments: LogKind.all) func `batches are handed to each follower, in order and with none left out`(
        kind: LogKind
    ) {
        let bench = LogBench(kind)
        bench.append(draft("a"))
        let second = BatchQueue()
        let tail = bench.log.follow { second.add($0) }
        #expect(tail == 1)
        bench.append(draft("a"), draft("b"))
        bench.append(draft("c"))
        #expect(bench.queue.take().map { $0.events.map(\.position) } == [[1], [2, 3], [4]])
        #expect(second.take().map { $0.events.map(\.position) } == [[2, 3], [4]])
    }
}
