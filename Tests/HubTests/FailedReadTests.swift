import EventStream
import Testing
import TimerWheel

@testable import Hub

/// What becomes of a stream when the log cannot answer.
@Suite struct FailedReadTests {
    @Test(arguments: [Framing.plain, .chunked])
    func `a stream whose log is away hears heartbeats, and goes on by itself`(framing: Framing) throws {
        let bench = BoardBench()
        for _ in 0..<3 { try bench.publish("a") }
        bench.isLogAway = true
        let (_, sink) = try bench.open("a", from: .after("e1-1"), framing: framing)
        bench.pass(50_000)
        // It was told nothing of where it starts.
        let waiting = try bench.read(sink, isChunked: framing == .chunked)
        #expect(waiting.blocks.isEmpty && waiting.isWhole)
        #expect((2...4).contains(waiting.tail.count))
        bench.isLogAway = false
        bench.pass(600)
        let read = try bench.read(sink, isChunked: framing == .chunked)
        #expect(read.blocks.map(\.id) == ["e1-1", "e1-2", "e1-3"])
        try bench.publish("a")
        bench.rest()
        #expect(try bench.read(sink, isChunked: framing == .chunked).blocks.last?.id == "e1-4")
    }

    @Test func `a replay that fails in the middle goes on where it was`() throws {
        var rules = BoardBench.rules
        rules.pageBytes = 1
        let bench = BoardBench(rules)
        for _ in 0..<6 { try bench.publish("a") }
        let (_, sink) = try bench.open("a", from: .earliest)
        for _ in 0..<4 {
            bench.ask()
            bench.settle()
        }
        let before = try bench.read(sink).blocks.count
        #expect(before > 1 && before < 6)
        bench.isLogAway = true
        for _ in 0..<3 { try bench.publish("a") }
        bench.pass(40_000)
        #expect(try bench.read(sink).blocks.count == before)
        #expect(try bench.read(sink).tail.count >= 2)
        bench.isLogAway = false
        bench.pass(600)
        #expect(try bench.read(sink).blocks.map(\.id) == (0...9).map { "e1-\($0)" })
    }

    @Test func `a log that is away is asked twice a second for a stream, and not for one that is gone`() throws {
        let bench = BoardBench()
        try bench.publish("a")
        let (handle, _) = try bench.open("a", from: .earliest)
        let (gone, _) = try bench.open("a", from: .earliest)
        var asked = 0
        for step in 0..<1000 {
            if step == 300 { bench.board.close(gone) }
            for question in bench.board.takeQuestions() {
                asked += 1
                guard case .locate(let asking, _) = question else {
                    Issue.record("\(question)")
                    return
                }
                #expect(asking == handle || step <= 300)
                bench.board.postpone(question, at: bench.now)
            }
            bench.settle()
            // Nothing keeps the loop awake meanwhile.
            let isAwake = bench.board.isUnsettled || bench.board.hasQuestions
            #expect(!isAwake)
            bench.now += 10
            if let due = bench.board.nextTick, due <= bench.now {
                bench.board.tick(at: bench.now, into: &bench.output)
            }
        }
        #expect((24...28).contains(asked), "\(asked)")
        bench.board.close(handle)
        _ = bench.board.takeQuestions()
        bench.now += 500
        bench.board.tick(at: bench.now, into: &bench.output)
        let rest = (questions: bench.board.hasQuestions, next: bench.board.nextTick)
        #expect(!rest.questions && rest.next == nil)
    }

    @Test func `a stream that waits for the log can be ended`() throws {
        let bench = BoardBench()
        try bench.publish("a")
        bench.isLogAway = true
        let (handle, sink) = try bench.open("a", from: .after("e1-0"), framing: .chunked)
        bench.pass(20_000)
        bench.board.end(handle, because: .drained)
        bench.settle()
        #expect(bench.output[sink].finishes == 1)
        let read = try bench.read(sink, isChunked: true)
        #expect(read.blocks.last?.id == "e1-0" && read.isEnded)
        bench.isLogAway = false
        bench.pass(1000)
        #expect(bench.output[sink].finishes == 1)
    }
}
