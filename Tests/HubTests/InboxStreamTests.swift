import HubSamples
import SeededRandomness
import Testing

@testable import Hub

@Suite struct InboxStreamTests {
    private static let user = try! InboxUser("u")

    private func open(_ bench: BoardBench, _ topics: InboxTopics, as presentation: Presentation = .plain) -> Sink {
        let sink = Sink(1000 + bench.output.sockets.count)
        bench.output[sink].moved = bench.now
        _ = bench.board.open(
            Subscription(topics, presentation: presentation, framing: .plain), from: .now, user: "u", sink: sink,
            head: [], at: bench.clock)
        return sink
    }

    private func add(_ patterns: [TopicPattern], _ bench: BoardBench) {
        bench.log.change(InboxChange(Self.user, .add(patterns))) { #expect($0 == nil) }
    }

    /// Streams that keep up get exactly what their inbox had at the time of each event, however late the board hears.
    @Test(arguments: 0..<40)
    func `a change takes place between two events, and nowhere else`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bench = BoardBench()
        let names = ["users/u", "a", "a/x", "b", "b/x"]
        let wishes = ["a", "b", "a/*", "*/x", "**", "a/x"].map(pattern)
        let sinks = [
            open(bench, InboxRecord(Self.user).topics), open(bench, InboxRecord(Self.user).topics),
            open(bench, InboxRecord(Self.user).topics, as: .envelope),
        ]
        var present = Self.user.ownPatterns
        var wanted = ["e1-0"]
        for _ in 0..<80 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<5:
                let some = (0..<Int.random(in: 1...2, using: &random)).map { _ in names.randomElement(using: &random)! }
                bench.log.append([Publication([try Draft(topics: some.map(topic), data: "x")])], at: bench.clock) { _ in
                }
                let position = bench.log.kept.upperBound - 1
                if some.contains(where: { name in present.contains { $0.matches(topic(name)) } }) {
                    wanted.append("e1-\(position)")
                }
            case 5..<7:
                let patterns = wishes.shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random))
                add(Array(patterns), bench)
                present = Self.user.ownPatterns + patterns
            default:
                bench.ingest()
                bench.rest()
            }
        }
        bench.ingest()
        bench.rest()
        for sink in sinks { #expect(try bench.read(sink).blocks.map(\.id) == wanted, "seed \(seed)") }
    }

    @Test func `a stream that comes with newer topics waits for the others, or has them to itself`() throws {
        let bench = BoardBench()
        let old = InboxRecord(Self.user).topics
        let new = InboxTopics(user: Self.user, patterns: Self.user.ownPatterns + [pattern("a")], revision: 1)
        let first = open(bench, old)
        add([pattern("a")], bench)
        try bench.publish("a", ingesting: false)
        // The board has yet to hear of both.
        let second = open(bench, new)
        let apart = open(bench, new, as: .envelope)
        bench.ingest()
        try bench.publish("a")
        bench.rest()
        for sink in [first, second, apart] {
            #expect(try bench.read(sink).blocks.map(\.id) == ["e1-0", "e1-1", "e1-2"])
        }
        #expect(bench.board.summaries.allSatisfy { $0.patterns == new.patterns })
    }

    @Test func `an older change that comes late changes nothing`() throws {
        let bench = BoardBench()
        let sink = open(bench, InboxTopics(user: Self.user, patterns: Self.user.ownPatterns, revision: 5))
        bench.board.ingest(Batch(InboxTopics(user: Self.user, patterns: [pattern("a")], revision: 4)))
        bench.board.ingest(Batch(InboxTopics(user: try InboxUser("v"), patterns: [pattern("a")], revision: 9)))
        try bench.publish("a", "users/u")
        bench.rest()
        #expect(try bench.read(sink).blocks.map(\.id) == ["e1-0", "e1-2"])
    }
}
