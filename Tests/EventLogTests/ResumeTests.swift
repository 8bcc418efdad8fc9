import HubSamples
import Testing
import TimerWheel

@testable import Hub

@Suite struct ResumeTests {
    /// Ten events of which the last six are kept: 5 to 10. The second and the seventh have ids of their own.
    private func bench(_ kind: LogKind) -> LogBench {
        let bench = LogBench(kind, events: 6)
        for number in 1...10 {
            bench.now += 100
            bench.time += 1000
            bench.append(draft(number % 2 == 0 ? "even" : "odd", id: number == 2 ? "two" : number == 7 ? "seven" : nil))
        }
        return bench
    }

    @Test(
        arguments: [
            ("e1-10", 10, nil), ("e1-7", 7, nil), ("e1-5", 5, nil), ("e1-4", 4, nil), ("seven", 7, nil),
            ("e1-3", 4, .expired), ("e1-0", 4, .expired), ("e1-11", 4, .unknown),
            ("e1-9223372036854775807", 4, .unknown),
            ("two", 4, .unknown), ("", 4, .unknown), ("e1-07", 4, .unknown), ("e1", 4, .unknown), ("zz-7", 4, .epoch),
            ("E1-7", 4, .unknown), ("-7", 4, .unknown), ("order-7", 4, .unknown), ("a\0\n\u{1F600}", 4, .unknown),
        ] as [(String, Int, Gap.Reason?)], LogKind.all)
    func `an id resumes at`(_ wanted: (id: String, cursor: Position, reason: Gap.Reason?), kind: LogKind) {
        let (id, cursor, reason) = wanted
        let location = bench(kind).locate(.after(id))
        let gap = reason.map { Gap(requested: id, reason: $0) }
        #expect(location == Location(cursor: cursor, gap: gap))
        let repeats = reason.map { $0 != .expired }
        #expect(location.gap?.repeats == repeats)
    }

    @Test(
        arguments: [
            (.now, 10), (.earliest, 4), (.last(0), 10), (.last(1), 9), (.last(6), 4), (.last(7), 4), (.last(.max), 4),
            (.ago(0), 9), (.ago(99), 9), (.ago(100), 8), (.ago(500), 4), (.ago(.max), 4), (.since(.min), 4),
            (.since(.max), 10),
            (.since(1_795_219_200_000 + 8000), 7), (.since(1_795_219_200_000 + 8001), 8),
            (.since(1_795_219_200_000 + 7999), 7),
        ] as [(Start, Int)], LogKind.all)
    func `a start is found at`(_ wanted: (start: Start, cursor: Position), kind: LogKind) {
        let (start, cursor) = wanted
        #expect(bench(kind).locate(start) == Location(cursor: cursor))
    }

    @Test(arguments: LogKind.all) func `the last events are counted among those that match`(kind: LogKind) {
        let bench = bench(kind)
        #expect(bench.locate(.last(1), ["odd"]).cursor == 8)
        #expect(bench.locate(.last(2), ["odd"]).cursor == 6)
        #expect(bench.locate(.last(3), ["odd"]).cursor == 4)
        #expect(bench.locate(.last(4), ["odd"]).cursor == 4)
        #expect(bench.locate(.last(1), ["none"]).cursor == 10)
        #expect(bench.locate(.last(2), ["odd", "*"]).cursor == 8)
    }

    @Test(arguments: LogKind.all) func `the last events are found behind thousands that do not match`(kind: LogKind) {
        let bench = LogBench(kind)
        bench.append(draft("rare"), draft("rare"))
        for _ in 0..<5 { bench.append([Publication((0..<1000).map { _ in draft("busy") })]) }
        #expect(bench.locate(.last(1), ["rare"]).cursor == 1)
        #expect(bench.locate(.last(2), ["rare"]).cursor == 0)
        #expect(bench.locate(.last(3), ["rare"]).cursor == 0)
    }

    @Test(arguments: LogKind.all) func `what is beyond the asker's tail does not count`(kind: LogKind) {
        let bench = bench(kind)
        #expect(bench.locate(.now, through: 8).cursor == 8)
        #expect(bench.locate(.last(2), through: 8).cursor == 6)
        #expect(bench.locate(.since(.max), through: 8).cursor == 8)
        #expect(bench.locate(.ago(0), through: 8).cursor == 8)
        // All that it has seen is gone.
        #expect(bench.locate(.earliest, through: 3).cursor == 3)
        #expect(bench.locate(.last(2), through: 3).cursor == 3)
        let gap = Gap(requested: "e1-1", reason: .expired)
        #expect(bench.locate(.after("e1-1"), through: 3) == Location(cursor: 3, gap: gap))
        // Others told these ids already.
        #expect(bench.locate(.after("e1-9"), through: 8) == Location(cursor: 9))
    }

    @Test(arguments: LogKind.all) func `an empty log starts at its tail`(kind: LogKind) {
        let bench = LogBench(kind)
        for start in [Start.now, .earliest, .last(5), .ago(1000), .since(0), .after("e1-0")] {
            #expect(bench.locate(start) == Location(cursor: 0))
        }
        #expect(bench.locate(.after("e1-1")).gap?.reason == .unknown)
    }
}
