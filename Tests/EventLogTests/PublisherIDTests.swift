import HubSamples
import Testing
import TimerWheel

@testable import Hub

@Suite struct PublisherIDTests {
    private func code(_ outcome: PublishOutcome) -> HubError.Code? {
        if case .refused(let error) = outcome { error.code } else { nil }
    }

    @Test(arguments: LogKind.all) func `the same event under the same id from the same user is a repeat`(kind: LogKind)
    {
        let bench = LogBench(kind)
        #expect(bench.append(draft("a", id: "x"), user: "u") == .committed(["x"]))
        #expect(bench.append(draft("a", id: "x"), user: "u") == .repeated(["x"]))
        #expect(bench.kept == 1..<2)
        #expect(bench.queue.take().count == 1)
    }

    @Test(arguments: LogKind.all) func `another event or another user under the same id is a conflict`(kind: LogKind) {
        let bench = LogBench(kind)
        bench.append(draft("a", type: "t", id: "x"), user: "u")
        for other in [
            draft("a", data: "y", type: "t", id: "x"), draft("b", type: "t", id: "x"), draft("a", id: "x"),
            draft("a", "b", type: "t", id: "x"), draft("a", type: "t", id: "x", retry: 1),
            draft("a", type: "t", id: "x", isPrivate: true),
        ] {
            #expect(code(bench.append(other, user: "u")) == .conflict)
        }
        #expect(code(bench.append(draft("a", type: "t", id: "x"), user: "v")) == .conflict)
        #expect(code(bench.append(draft("a", type: "t", id: "x"))) == .conflict)
        #expect(bench.kept == 1..<2)
    }

    @Test(arguments: LogKind.all) func `a publication is taken as a whole or not at all`(kind: LogKind) {
        let bench = LogBench(kind)
        bench.append(draft("a", id: "x"))
        #expect(code(bench.append(draft("a"), draft("b", id: "x"), draft("c"))) == .conflict)
        #expect(code(bench.append(draft("a"), draft("b", id: "e1-7"))) == .badEvent)
        #expect(code(bench.append(draft("a", id: "n"), draft("a", id: "m"), draft("b", id: "n"))) == .conflict)
        #expect(bench.kept == 1..<2)
        // Nothing of those ids stayed.
        #expect(bench.append(draft("c", id: "n")) == .committed(["n"]))
    }

    @Test(arguments: LogKind.all) func `the same id twice in a publication is one event`(kind: LogKind) {
        let bench = LogBench(kind)
        #expect(bench.append(draft("a", id: "x"), draft("b"), draft("a", id: "x")) == .committed(["x", "e1-2", "x"]))
        #expect(bench.kept == 1..<3)
    }

    @Test(arguments: LogKind.all) func `a publication of old and new adds the new`(kind: LogKind) {
        let bench = LogBench(kind)
        bench.append(draft("a", id: "x"))
        #expect(bench.append(draft("a", id: "x"), draft("a", id: "y")) == .committed(["x", "y"]))
        #expect(bench.append(draft("a", id: "y"), draft("a", id: "x")) == .repeated(["y", "x"]))
        #expect(bench.kept == 1..<3)
    }

    @Test(arguments: LogKind.all) func `publications of one call follow each other, and each has its own outcome`(
        kind: LogKind
    ) {
        let bench = LogBench(kind)
        let outcomes = bench.append([
            Publication([draft("a", id: "x")]), Publication([draft("b", id: "x")]), Publication([draft("a", id: "x")]),
            Publication([draft("c")]),
        ])
        #expect(outcomes[0] == .committed(["x"]))
        #expect(code(outcomes[1]) == .conflict)
        #expect(outcomes[2] == .repeated(["x"]))
        #expect(outcomes[3] == .committed(["e1-2"]))
        #expect(bench.queue.take().map { $0.events.map(\.position) } == [[1, 2]])
    }

    @Test(arguments: LogKind.all) func `an id is free again once its event is gone`(kind: LogKind) {
        let bench = LogBench(kind, events: 2)
        bench.append(draft("a", id: "x"))
        bench.append(draft("a"), draft("a"))
        #expect(bench.locate(.after("x")).gap?.reason == .unknown)
        #expect(bench.append(draft("b", data: "new", id: "x"), user: "v") == .committed(["x"]))
        #expect(bench.locate(.after("x")) == Location(cursor: 4))
        bench.append(draft("a"))
        #expect(bench.append(draft("b", data: "new", id: "x"), user: "v") == .repeated(["x"]))
    }

    @Test(arguments: LogKind.all) func `a retention smaller than a publication keeps its end`(kind: LogKind) {
        let bench = LogBench(kind, events: 2)
        #expect(
            bench.append(draft("a", id: "x"), draft("b"), draft("c"), draft("d", id: "y"))
                == .committed(["x", "e1-2", "e1-3", "y"]))
        #expect(bench.kept == 3..<5)
        #expect(bench.append(draft("z", id: "x")) == .committed(["x"]))
    }
}
