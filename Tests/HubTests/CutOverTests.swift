import EventStream
import HubSamples
import Synchronization
import Testing
import TimerWheel

@testable import Hub

@Suite struct CutOverTests {
    @Test(arguments: ["e1-2", "own"])
    func `an id of an event that is still on its way here resumes after it`(id: String) throws {
        let bench = BoardBench()
        try bench.publish("a")
        // Another worker has this one already, and its client comes here.
        try bench.publish("a", id: "own", ingesting: false)
        let (_, sink) = try bench.open("a", from: .after(id))
        for _ in 0..<5 {
            bench.ask()
            bench.settle()
        }
        try bench.publish("a")
        bench.rest()
        #expect(try bench.read(sink).blocks.map(\.id) == [id, "e1-3"])
    }

    @Test func `events that come between a page and its answer are neither lost nor repeated`() throws {
        let bench = BoardBench()
        try bench.publish("a", "b", "a")
        let (handle, sink) = try bench.open("a", from: .earliest)
        guard case .locate(_, let request)? = bench.board.takeQuestions().first else {
            Issue.record("no question")
            return
        }
        try bench.publish("a")
        #expect(bench.log.location(for: request) == Location(cursor: 0))
        bench.board.answer(handle, Location(cursor: 0))
        bench.settle()
        try bench.publish("a")
        guard case .read(_, let page)? = bench.board.takeQuestions().first else {
            Issue.record("no question")
            return
        }
        #expect(page.after == 0 && page.through == 4)
        let answer = bench.log.page(page)
        #expect(answer.events.map(\.position) == [1, 3, 4] && answer.cursor == 4)
        bench.board.answer(handle, answer)
        bench.settle()
        try bench.publish("a")
        bench.rest()
        #expect(try bench.read(sink).blocks.map(\.id) == ["e1-0", "e1-1", "e1-3", "e1-4", "e1-5", "e1-6"])
    }

    @Test func `who comes to a channel that is due gets nothing from before it came`() throws {
        let bench = BoardBench()
        let (_, first) = try bench.open("a")
        bench.rest()
        try bench.publish("a")
        let (_, second) = try bench.open("a")
        try bench.publish("a")
        bench.rest()
        #expect(try bench.read(first).blocks.map(\.id) == ["e1-0", "e1-1", "e1-2"])
        #expect(try bench.read(second).blocks.map(\.id) == ["e1-1", "e1-2"])
    }

    @Test func `a replay that retention overtakes says so in mid-stream`() throws {
        let bench = BoardBench(keeping: 5)
        for _ in 0..<5 { try bench.publish("a") }
        let (_, sink) = try bench.open("a", from: .after("e1-2"))
        bench.ask()
        for _ in 0..<5 { try bench.publish("a") }
        bench.rest()
        let blocks = try bench.read(sink).blocks
        #expect(blocks.map(\.id) == ["e1-2", "e1-5", "e1-6", "e1-7", "e1-8", "e1-9", "e1-10"])
        #expect(blocks[1].event?.type == "fanfare.gap")
        #expect(blocks[1].event?.data == #"{"requested":"e1-2","reason":"expired","repeats":false}"#)
        #expect(blocks[1].retry == nil)
    }

    @Test(arguments: [
        ("e1-1", "expired", false), ("zz-7", "epoch", true), ("what", "unknown", true), ("e1-99", "unknown", true),
        ("\"\\\u{1F600}\t", "unknown", true), ("a\nb", "unknown", true),
    ])
    func `what is gone is told in place of the opening id`(id: String, reason: String, repeats: Bool) throws {
        let bench = BoardBench(keeping: 3)
        for _ in 0..<8 { try bench.publish("a") }
        let (_, sink) = try bench.open("a", from: .after(id), framing: .chunked)
        bench.rest()
        let blocks = try bench.read(sink, isChunked: true).blocks
        #expect(blocks.map(\.id) == ["e1-5", "e1-6", "e1-7", "e1-8"])
        #expect(blocks[0].event?.type == "fanfare.gap")
        #expect(blocks[0].retry != nil)
        let data = blocks[0].event?.data ?? ""
        #expect(data.hasSuffix(#","reason":"\#(reason)","repeats":\#(repeats)}"#))
        #expect(data.hasPrefix(#"{"requested":""#))
        #expect(!data.contains("\n"))
    }
}
