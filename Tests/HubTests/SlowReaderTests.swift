import HubSamples
import Testing
import TimerWheel

@testable import Hub

@Suite struct SlowReaderTests {
    @Test func `the age of a heartbeat that waits counts from when it began to wait`() throws {
        var rules = BoardBench.rules
        rules.heartbeat = 60_000
        rules.slowAge = 30_000
        let bench = BoardBench(rules)
        let (_, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(0)
        bench.pass(60_000 * 9 / 8 + 100)
        #expect(bench.output[sink].isFull)
        #expect(bench.output[sink].resets == [])
        bench.pass(29_000 - 60_000 / 8)
        #expect(bench.output[sink].resets == [])
        bench.pass(60_000 / 8 + 2000)
        #expect(bench.output[sink].resets == [.slowAge])
    }

    @Test func `a socket that calls and takes nothing does not grow younger`() throws {
        let bench = BoardBench()
        let (handle, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(0)
        try bench.publish("a")
        bench.rest()
        for _ in 0..<29 {
            bench.pass(1000)
            bench.board.writable(handle)
            bench.settle()
            try bench.publish("a")
            bench.settle()
        }
        #expect(bench.output[sink].resets == [])
        bench.pass(1100)
        #expect(bench.output[sink].resets == [.slowAge])
    }

    @Test func `a reader that takes a byte now and then is not stuck`() throws {
        let bench = BoardBench()
        let (handle, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(0)
        try bench.publish("a")
        bench.rest()
        for _ in 0..<10 {
            bench.pass(29_000)
            bench.output[sink].mood = .room(1)
            bench.board.writable(handle)
            bench.settle()
        }
        #expect(bench.output[sink].resets == [])
        #expect(bench.output[sink].writes.suffix(10) == [1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    }

    @Test func `bytes that came in the very turn do not count against the limit`() throws {
        var rules = BoardBench.rules
        rules.slowBytes = 500
        let bench = BoardBench(rules)
        let (handle, sink) = try bench.open("a")
        let (_, other) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(10)
        try bench.publish("a", data: String(repeating: "x", count: 2000))
        bench.settle()
        #expect(bench.output[sink].resets == [])
        #expect(bench.board.streamCount == 2)
        // Its socket has room in time: nothing of the next burst counts either.
        bench.output[sink].mood = .open
        bench.board.writable(handle)
        try bench.publish("a", data: String(repeating: "y", count: 2000))
        bench.settle()
        #expect(bench.output[sink].resets == [])
        #expect(bench.output[sink].bytes.count == bench.output[other].bytes.count)
    }

    @Test func `a reader for which more than the limit waits is reset, one with just as much is not`() throws {
        let frame = "id: e1-1\ndata: x\n\n".utf8.count
        // What came up to the turn in which the socket was full does not count, nor does the present turn.
        for (limit, lastTurn) in [(4 * frame, 6), (4 * frame - 1, 5)] {
            var rules = BoardBench.rules
            rules.slowBytes = limit
            let bench = BoardBench(rules)
            let (_, sink) = try bench.open("a")
            bench.rest()
            bench.output[sink].mood = .room(3)
            try bench.publish("a")
            bench.settle()
            for turn in 1...lastTurn {
                #expect(bench.output[sink].resets == [])
                try bench.publish("a")
                bench.settle()
                #expect(bench.output[sink].resets == (turn == lastTurn ? [.slowBytes] : []))
            }
        }
    }

    @Test func `a burst that is larger than the limit, and then a little more, resets nobody who reads`() throws {
        var rules = BoardBench.rules
        rules.slowBytes = 500
        let bench = BoardBench(rules)
        let (handle, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(10)
        for _ in 0..<10 { try bench.publish("a", data: String(repeating: "x", count: 1000)) }
        bench.settle()
        try bench.publish("a")
        bench.settle()
        try bench.publish("a")
        bench.settle()
        #expect(bench.output[sink].resets == [])
        bench.output[sink].mood = .open
        bench.board.writable(handle)
        bench.settle()
        #expect(bench.output[sink].resets == [])
        #expect(bench.board.summaries.first?.bytesBehind == 0)
    }

    @Test func `a frame that alone is larger than the limit resets nobody`() throws {
        var rules = BoardBench.rules
        rules.slowBytes = 50
        let bench = BoardBench(rules)
        let (_, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(3)
        for _ in 0..<3 {
            try bench.publish("a", data: String(repeating: "x", count: 1000))
            bench.settle()
        }
        #expect(bench.output[sink].resets == [])
    }

    @Test func `who lags on one topic does not hold on to a batch of others`() throws {
        let bench = BoardBench()
        let (_, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(0)
        let large = String(repeating: "x", count: 20_000)
        bench.log.append(
            [Publication([draft("b", data: large), draft("a"), draft("b", data: large)])], at: bench.clock
        ) {
            _ in
        }
        bench.ingest()
        bench.settle()
        let pieces = bench.board.channels.flatMap(\.pieces)
        #expect(pieces.count == 1)
        #expect(pieces.allSatisfy { $0.owner.count == $0.count })
    }

    @Test func `a stuck stream costs the others nothing`() throws {
        let bench = BoardBench()
        let sinks = try (0..<5).map { _ in try bench.open("a").sink }
        bench.rest()
        bench.output[sinks[0]].mood = .room(0)
        let before = bench.output[sinks[1]].writes.count
        for _ in 0..<20 {
            try bench.publish("a", "a")
            bench.settle()
        }
        for sink in sinks[1...] { #expect(bench.output[sink].writes.count == before + 20) }
        #expect(bench.output[sinks[0]].writes.count == before + 1)
    }
}
