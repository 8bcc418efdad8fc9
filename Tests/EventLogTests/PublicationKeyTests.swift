import HubSamples
import Testing
import TimerWheel

@testable import Hub

@Suite struct PublicationKeyTests {
    private func code(_ outcome: PublishOutcome) -> HubError.Code? {
        if case .refused(let error) = outcome { error.code } else { nil }
    }

    @Test(arguments: LogKind.all) func `the same events under the same key are published once`(kind: LogKind) {
        let bench = LogBench(kind)
        #expect(bench.append(draft("a"), draft("b"), under: "k") == .committed(["e1-1", "e1-2"]))
        #expect(bench.append(draft("a"), draft("b"), under: "k") == .repeated(["e1-1", "e1-2"]))
        #expect(bench.append(draft("a"), draft("b"), under: "other") == .committed(["e1-3", "e1-4"]))
        #expect(bench.kept == 1..<5)
        #expect(bench.queue.take().map { $0.events.map(\.position) } == [[1, 2], [3, 4]])
    }

    @Test(arguments: LogKind.all) func `other events under the same key are refused`(kind: LogKind) {
        let bench = LogBench(kind)
        bench.append(draft("a"), draft("b", id: "own"), under: "k")
        for other in [
            [draft("a")], [draft("b", id: "own"), draft("a")], [draft("a"), draft("b")],
            [draft("a"), draft("b", id: "new")], [draft("a", data: "y"), draft("b", id: "own")],
            [draft("a"), draft("b", id: "own"), draft("c")],
            [draft("a"), draft("b", data: nil, id: "own", isEnd: true)],
        ] {
            #expect(code(bench.append([Publication(other, key: key("k"))])[0]) == .keyReused)
        }
        #expect(bench.kept == 1..<3)
        #expect(bench.append(draft("a"), draft("b", id: "own"), under: "k") == .repeated(["e1-1", "own"]))
    }

    @Test(arguments: LogKind.all) func `a key is its user's own, by the bytes of the name`(kind: LogKind) {
        let bench = LogBench(kind)
        let users: [String?] = [nil, "", "u", "\u{E9}", "e\u{301}"]
        for (index, user) in users.enumerated() {
            let outcome = bench.append([Publication([draft("a")], user: user, key: key("k", of: user))])[0]
            #expect(outcome == .committed(["e1-\(index + 1)"]))
        }
        for (index, user) in users.enumerated() {
            let outcome = bench.append([Publication([draft("a")], user: user, key: key("k", of: user))])[0]
            #expect(outcome == .repeated(["e1-\(index + 1)"]))
        }
    }

    @Test(arguments: LogKind.all) func `what was refused leaves no key`(kind: LogKind) {
        let bench = LogBench(kind)
        bench.append(draft("a", id: "x"))
        #expect(code(bench.append(draft("b", id: "x"), under: "k")) == .conflict)
        #expect(bench.append(draft("b"), under: "k") == .committed(["e1-2"]))
    }

    @Test(arguments: LogKind.all) func `a key that added nothing is not kept`(kind: LogKind) {
        let bench = LogBench(kind)
        bench.append(draft("a", id: "x"))
        #expect(bench.append(draft("a", id: "x"), under: "k") == .repeated(["x"]))
        #expect(bench.append(draft("b"), under: "k") == .committed(["e1-2"]))
    }

    @Test(arguments: LogKind.all) func `publications of one call know each other's keys`(kind: LogKind) {
        let bench = LogBench(kind)
        let outcomes = bench.append([
            Publication([draft("a")], key: key("k")), Publication([draft("a")], key: key("k")),
            Publication([draft("b")], key: key("k")),
        ])
        #expect(outcomes[0] == .committed(["e1-1"]))
        #expect(outcomes[1] == .repeated(["e1-1"]))
        #expect(code(outcomes[2]) == .keyReused)
    }

    @Test(arguments: LogKind.all) func `a key lives as long as the last of its events`(kind: LogKind) {
        let bench = LogBench(kind, events: 3)
        bench.append(draft("a"), draft("b"), under: "k")
        bench.append(draft("c"), draft("c"))
        #expect(bench.kept == 2..<5)
        // What is left of it is compared, and nothing is published again.
        #expect(bench.append(draft("a"), draft("b"), under: "k") == .repeated(["e1-1", "e1-2"]))
        #expect(code(bench.append(draft("a"), draft("x"), under: "k")) == .keyReused)
        bench.append(draft("c"))
        #expect(bench.append(draft("a"), draft("x"), under: "k") == .committed(["e1-6", "e1-7"]))
        #expect(bench.append(draft("a"), draft("x"), under: "k") == .repeated(["e1-6", "e1-7"]))
    }

    @Test(arguments: LogKind.all) func `what keys take counts, and is given back`(kind: LogKind) {
        let one = draft("a")
        let size = LoggedEvent(one, position: 1, epoch: "e1", publisher: nil, clock: Clock(now: 0, time: 0)).footprint
        let bench = LogBench(kind, bytes: 10 * size)
        for _ in 0..<40 { bench.append(one) }
        bench.expire()
        #expect(bench.kept.count == 10)
        for number in 0..<40 { bench.append(one, under: "\(number) " + String(repeating: "k", count: 240)) }
        bench.expire()
        #expect(bench.kept.count < 8 && bench.kept.count > 2)
        for _ in 0..<40 { bench.append(one) }
        bench.expire()
        #expect(bench.kept.count == 10)
    }

    @Test(arguments: ["", String(repeating: "k", count: 256), "k\u{E9}", "k\n", "k\u{7F}"])
    func `a key has 1 to 255 bytes of printable ASCII`(text: String) {
        #expect(throws: HubError.self) { try PublicationKey(text, of: nil) }
        #expect(throws: Never.self) { try PublicationKey(String(repeating: "~", count: 255), of: nil) }
    }
}
