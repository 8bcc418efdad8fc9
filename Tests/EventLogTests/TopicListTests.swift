import HubSamples
import SeededRandomness
import Testing

@testable import Hub

@Suite struct TopicListTests {
    @Test(arguments: 0..<50)
    func `a selection has the first topics after a name, however they come`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var all: Set<TopicName> = []
        let after = Bool.random(using: &random) ? "\(Int.random(in: 0..<400, using: &random))" : nil
        let most = [1, 2, 10, 100].randomElement(using: &random)!
        var selection = TopicSelection(after: after, most: most)
        for _ in 0..<30 {
            let some = (0..<Int.random(in: 0..<100, using: &random)).map { _ in
                topic("\(Int.random(in: 0..<400, using: &random))")
            }
            all.formUnion(some)
            selection.add(some)
        }
        let wanted = all.filter { after == nil || $0.text > after! }.sorted { $0.text < $1.text }.prefix(most)
        #expect(selection.topics == Array(wanted))
    }

    @Test func `names that look the same are told apart`() {
        var selection = TopicSelection(after: "cafe\u{301}", most: 5)
        selection.add([topic("cafe\u{301}"), topic("caf\u{E9}"), topic("caf")])
        #expect(selection.topics == [topic("caf\u{E9}")])
    }

    @Test(arguments: [100, 20_000], LogKind.all)
    func `pages bring each topic once and in order`(count: Int, kind: LogKind) {
        let bench = LogBench(kind)
        bench.append((0..<count).map { Publication([draft("t/\($0 % 7)/\($0)", "t/\($0 % 5)/x")]) })
        let wanted = Set((0..<count).map { "t/\($0 % 7)/\($0)" }).union((0..<5).map { "t/\($0)/x" }).sorted()
        var found: [String] = []
        while true {
            let page = bench.topics(after: found.last, most: 5001)
            found += page.prefix(5000).map(\.text)
            if page.count <= 5000 { break }
        }
        #expect(found == wanted)
    }

    @Test(arguments: LogKind.all) func `a topic that has events throughout is listed, whatever is let go of meanwhile`(
        kind: LogKind
    ) {
        let bench = LogBench(kind, events: 10_000)
        bench.append((0..<10_000).map { Publication([draft("old/\($0)")]) })
        bench.append(draft("kept"))
        // Retention takes 3,000 events a step, the list looks at fewer: what it would have seen has gone.
        let found = bench.topics(after: nil, most: 100_000) {
            bench.append((0..<3000).map { Publication([draft("new/\($0)")]) })
            bench.append(draft("kept"))
        }
        #expect(found.contains(topic("kept")))
        #expect(Set(found).count == found.count)
    }
}
