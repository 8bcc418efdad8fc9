import Testing
import TimerWheel

@testable import Hub

@Suite struct HeartbeatTests {
    /// The most that a stream may be idle by the rules.
    private let most = 16_000 * 9 / 8 + 50 + 10

    @Test func `an idle stream is sent a bare comment, a little apart from others`() throws {
        let bench = BoardBench()
        let sinks = try (0..<50).map { _ in try bench.open("a").sink }
        bench.rest()
        for sink in sinks { bench.output[sink].bytes = [] }
        var beats: [Sink: [Milliseconds]] = [:]
        for _ in 0..<10_000 {
            let before = sinks.map { bench.output[$0].moved }
            bench.pass(10)
            for (sink, moved) in zip(sinks, before) where bench.output[sink].moved != moved {
                beats[sink, default: []].append(bench.now - moved)
            }
        }
        for sink in sinks {
            let intervals = beats[sink] ?? []
            #expect(intervals.count >= 5)
            #expect(intervals.allSatisfy { $0 >= 16_000 && $0 <= most })
            #expect(bench.output[sink].text == String(repeating: ":\n", count: intervals.count))
        }
        #expect(Set(beats.values).count > 40)
    }

    @Test func `a stream that is not idle is sent none`() throws {
        let bench = BoardBench()
        let (_, sink) = try bench.open("a")
        bench.rest()
        for _ in 0..<20 {
            bench.pass(15_000)
            try bench.publish("a")
            bench.settle()
        }
        #expect(try bench.read(sink).blocks.allSatisfy { $0.comments.isEmpty })
    }

    @Test func `a stream that waits for its reader is sent none`() throws {
        var rules = BoardBench.rules
        rules.slowAge = 1_000_000
        let bench = BoardBench(rules)
        let (handle, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(5)
        try bench.publish("a")
        bench.settle()
        bench.pass(200_000, by: 100)
        bench.output[sink].mood = .open
        bench.board.writable(handle)
        bench.settle()
        let read = try bench.read(sink)
        #expect(read.blocks.count == 2)
        #expect(read.blocks.allSatisfy { $0.comments.isEmpty } && read.tail == [] && read.isWhole)
    }

    @Test func `a reader that was slow for a moment hears heartbeats in time`() throws {
        let bench = BoardBench()
        let (handle, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(5)
        try bench.publish("a")
        bench.settle()
        bench.output[sink].mood = .open
        bench.pass(1000)
        bench.board.writable(handle)
        bench.settle()
        let moved = bench.output[sink].moved
        bench.pass(most)
        #expect(try bench.read(sink).tail == [""])
        #expect(bench.output[sink].moved - moved <= most)
    }
}
