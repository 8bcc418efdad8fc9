import HubSamples
import SeededRandomness
import Testing
import TimerWheel

@testable import Hub

@Suite struct TopicEndTests {
    private func code(_ outcome: PublishOutcome) -> HubError.Code? {
        if case .refused(let error) = outcome { error.code } else { nil }
    }

    @Test(arguments: LogKind.all) func `nothing comes after the end of a topic`(kind: LogKind) {
        let bench = LogBench(kind)
        #expect(!bench.log.hasEnds)
        bench.append(draft("a"), draft("b"))
        #expect(bench.append(draft("a", "c", data: nil, isEnd: true)) == .committed(["e1-3"]))
        #expect(bench.log.hasEnds)
        #expect(bench.ends(of: "a", "b", "c", "d") == [3, nil, 3, nil])
        for refused in [draft("a"), draft("c"), draft("b", "c"), draft("a", isEnd: true)] {
            #expect(code(bench.append(refused)) == .ended)
        }
        #expect(code(bench.append(draft("b"), draft("a"))) == .ended)
        #expect(bench.append(draft("b")) == .committed(["e1-4"]))
    }

    @Test(arguments: LogKind.all) func `a topic may end within a publication, and then nothing follows`(kind: LogKind) {
        let bench = LogBench(kind)
        #expect(code(bench.append(draft("a"), draft("a", isEnd: true), draft("a"))) == .ended)
        #expect(bench.kept.isEmpty && !bench.log.hasEnds)
        #expect(bench.append(draft("a"), draft("a", isEnd: true), draft("b")) == .committed(["e1-1", "e1-2", "e1-3"]))
        #expect(bench.ends(of: "a", "b") == [2, nil])
    }

    @Test(arguments: LogKind.all) func `the end can be repeated, by its id or its key`(kind: LogKind) {
        let bench = LogBench(kind)
        bench.append(draft("a", id: "before"))
        bench.append(draft("a", id: "last", isEnd: true))
        bench.append(draft("b", data: nil, isEnd: true), under: "k")
        #expect(bench.append(draft("a", id: "last", isEnd: true)) == .repeated(["last"]))
        #expect(bench.append(draft("a", id: "before"), draft("c")) == .committed(["before", "e1-4"]))
        #expect(bench.append(draft("b", data: nil, isEnd: true), under: "k") == .repeated(["e1-3"]))
        // An end is not the same event as one that is none, nor one without data as one with empty data.
        #expect(code(bench.append(draft("a", id: "last"))) == .conflict)
        #expect(code(bench.append(draft("b", data: "", isEnd: true), under: "k")) == .keyReused)
    }

    @Test(arguments: LogKind.all) func `an end is forgotten with its event`(kind: LogKind) {
        let bench = LogBench(kind, events: 2)
        bench.append(draft("a", isEnd: true))
        bench.append(draft("b"), draft("b"))
        #expect(bench.ends(of: "a") == [nil])
        #expect(!bench.log.hasEnds)
        #expect(bench.append(draft("a")) == .committed(["e1-4"]))
    }

    @Test func `only an end may be without data`() {
        #expect(throws: HubError.self) { try Draft(topics: [topic("a")], data: nil) }
        #expect(draft("a", data: nil, isEnd: true).isSilent)
        #expect(!draft("a", data: "", isEnd: true).isSilent)
    }

    /// Random publications with ids, keys and ends against a list of what was published.
    @Test(arguments: 0..<20, LogKind.all) func `logs judge as a plain list does`(seed: UInt64, kind: LogKind) throws {
        var random = SeededGenerator(seed: seed)
        let most = [3, 20, 1000].randomElement(using: &random)!
        let bench = LogBench(kind, events: most)
        var model = PlainLog(most: most)
        for step in 0..<200 {
            let drafts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                let names = (0..<Int.random(in: 1...2, using: &random)).map { _ in
                    ["a", "b", "c", "d", "e"].randomElement(using: &random)!
                }
                let isEnd = Int.random(in: 0..<6, using: &random) == 0
                return try! Draft(
                    topics: names.map(topic), data: isEnd && Bool.random(using: &random) ? nil : "x",
                    id: ["i", "j", "k", nil, nil, nil].randomElement(using: &random)!, isEnd: isEnd)
            }
            let name = ["x", "y", "z", nil, nil].randomElement(using: &random)!
            let publication = Publication(drafts, key: name.map { key($0) })
            let outcome = bench.append([publication])[0]
            let wanted = model.append(publication)
            try #require(wanted.matches(outcome), "step \(step): \(outcome), not \(wanted)")
            bench.expire()
            try #require(bench.kept == model.kept)
            for name in ["a", "b", "c", "d", "e"] {
                try #require(bench.ends(of: name) == [model.end(of: topic(name))], "step \(step)")
            }
            try #require(bench.log.hasEnds == model.events.contains { $0.draft.isEnd })
        }
    }
}

/// What a log has to do, with a list and no index at all.
private struct PlainLog {
    let most: Int
    var events: [(position: Int, id: String, draft: Draft)] = []
    var keys: [(name: PublicationKey, last: Int, drafts: [Draft], ids: [String])] = []
    var last = 0

    var kept: Range<Int> { (last + 1 - events.count)..<(last + 1) }

    enum Verdict {
        case committed([String])
        case repeated([String])
        case refused(HubError.Code)

        func matches(_ outcome: PublishOutcome) -> Bool {
            switch (self, outcome) {
            case (.committed(let one), .committed(let other)), (.repeated(let one), .repeated(let other)):
                one == Array(other)
            case (.refused(let code), .refused(let error)): code == error.code
            default: false
            }
        }
    }

    func end(of topic: TopicName) -> Int? {
        events.first { $0.draft.isEnd && $0.draft.topics.contains(topic) }?.position
    }

    mutating func append(_ publication: Publication) -> Verdict {
        if let name = publication.key, let known = keys.first(where: { $0.name == name }) {
            // What is gone cannot be told apart, but for what its id says.
            let isSame =
                known.drafts.count == publication.drafts.count
                && publication.drafts.indices.allSatisfy { index in
                    let (old, new) = (known.drafts[index], publication.drafts[index])
                    let isKept = events.contains { $0.id == known.ids[index] }
                    return isKept ? old == new : old.id == new.id
                }
            return isSame ? .repeated(known.ids) : .refused(.keyReused)
        }
        var result = self
        var ids: [String] = []
        for draft in publication.drafts {
            if let id = draft.id, let same = result.events.first(where: { $0.id == id }) {
                if same.draft != draft { return .refused(.conflict) }
                ids.append(id)
                continue
            }
            if draft.topics.contains(where: { result.end(of: $0) != nil }) { return .refused(.ended) }
            result.last += 1
            ids.append(draft.id ?? "e1-\(result.last)")
            result.events.append((result.last, ids[ids.count - 1], draft))
        }
        if result.last == last { return .repeated(ids) }
        if let name = publication.key { result.keys.append((name, result.last, Array(publication.drafts), ids)) }
        result.events.removeFirst(max(0, result.events.count - most))
        let first = result.kept.lowerBound
        result.keys.removeAll { $0.last < first }
        self = result
        return .committed(ids)
    }
}
