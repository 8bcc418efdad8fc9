import EventStream
import HubSamples
import Testing
import TimerWheel

@testable import Hub

@Suite struct BoardTurnTests {
    @Test func `a member gets one write a turn, however many events are due`() throws {
        let bench = BoardBench()
        let sinks = try [
            bench.open("a").sink, bench.open("a", "b").sink, bench.open("**", framing: .chunked).sink,
            bench.open("*", presentation: .envelope).sink,
        ]
        bench.rest()
        let before = sinks.map { bench.output[$0].writes.count }
        for _ in 0..<10 { try bench.publish("a", "b", "a", "c", "a") }
        bench.settle()
        #expect(zip(sinks, before).allSatisfy { bench.output[$0].writes.count == $1 + 1 })
        bench.rest()
        #expect(zip(sinks, before).allSatisfy { bench.output[$0].writes.count == $1 + 1 })
        #expect(try bench.read(sinks[0]).blocks.count == 31)
        #expect(try bench.read(sinks[1]).blocks.count == 41)
        #expect(try bench.read(sinks[2], isChunked: true).blocks.count == 51)
        #expect(try bench.read(sinks[3]).blocks.count == 51)
    }

    @Test func `frames side by side in a batch are offered as one piece`() throws {
        let bench = BoardBench()
        let (_, all) = try bench.open("a", "b", framing: .chunked)
        let (_, some) = try bench.open("a", framing: .chunked)
        bench.rest()
        try bench.publish("a", "b", "a")
        try bench.publish("a", "a")
        bench.settle()
        #expect(bench.output[all].pieces.last == 2)
        #expect(bench.output[some].pieces.last == 3)
    }

    @Test func `the head, the opening block and what came since open go out together`() throws {
        let bench = BoardBench()
        let subscription = Subscription(patterns: [try TopicPattern("a")])
        _ = bench.board.open(
            subscription, from: .now, user: nil, sink: 99, head: Array("HEAD\r\n\r\n".utf8), at: bench.clock)
        try bench.publish("a")
        bench.settle()
        #expect(bench.output[99].writes.count == 1)
        let bytes = bench.output[99].bytes
        #expect(bytes.starts(with: "HEAD\r\n\r\n".utf8))
        let read = try #require(ReadStream(bytes.dropFirst(8), isChunked: true))
        #expect(read.blocks.map(\.id) == ["e1-0", "e1-1"])
        let retry = try #require(read.blocks[0].retry)
        #expect(retry >= .milliseconds(1000) && retry <= .milliseconds(3000))
    }

    @Test func `a place that was opened and closed again is looked at once a turn`() throws {
        let bench = BoardBench()
        for _ in 0..<100 { bench.board.close(try bench.open("a").handle) }
        let (_, sink) = try bench.open("a")
        #expect(bench.board.dirtyStreams.count == 1)
        bench.settle()
        #expect(bench.output[sink].writes.count == 1)
        let isUnsettled = bench.board.isUnsettled
        #expect(!isUnsettled)
    }

    @Test func `a handle that is no longer good does nothing`() throws {
        let bench = BoardBench()
        let (old, _) = try bench.open("a")
        bench.board.close(old)
        let (new, sink) = try bench.open("a")
        bench.rest()
        bench.board.close(old)
        bench.board.writable(old)
        bench.board.end(old, because: .drained)
        bench.board.answer(old, Location(cursor: 0))
        bench.board.answer(old, ReadPage(events: [], cursor: 9, lostThrough: nil))
        #expect(bench.board.serial(of: old) == nil)
        bench.rest()
        #expect(bench.board.serial(of: new) == 2)
        #expect(StreamHandle(bits: new.bits) == new)
        #expect(try bench.read(sink).blocks.count == 1)
    }

    @Test func `an event in several of a stream's topics comes once, and at any number of streams`() throws {
        let bench = BoardBench()
        let one = try bench.open("a", "b", "*").sink
        let two = try bench.open("**", "b/**", "a").sink
        bench.rest()
        bench.log.append(
            [Publication([try Draft(topics: [TopicName("a"), TopicName("b"), TopicName("b/c")], data: "d")])],
            at: bench.clock
        ) { _ in }
        bench.ingest()
        bench.rest()
        for sink in [one, two] { #expect(try bench.read(sink).blocks.map(\.id) == ["e1-0", "e1-1"]) }
    }

    @Test func `events are shown as each stream wants them`() throws {
        let bench = BoardBench()
        let custom = CustomPresentation { event, _ in Event("shown " + event.draft.data, type: "mine") }
        let sinks = try [Presentation.plain, .envelope, .custom(custom)].map {
            try bench.open("a", presentation: $0).sink
        }
        bench.now = 1_800_000_000_000
        bench.rest()
        bench.log.append(
            [Publication([try Draft(topics: [TopicName("a")], data: "l1\nl\"2", type: "t", id: "own")])],
            at: bench.clock
        ) { _ in }
        bench.ingest()
        bench.rest()
        let events = try sinks.map { try bench.read($0).blocks[1].event }
        let json = #"{"id":"own","topics":["a"],"type":"t","data":"l1\nl\"2","time":"2027-01-15T08:00:00.000Z"}"#
        #expect(
            events == [
                ReceivedEvent(type: "t", data: "l1\nl\"2", lastEventID: "own"),
                ReceivedEvent(type: "t", data: json, lastEventID: "own"),
                ReceivedEvent(type: "mine", data: "shown l1\nl\"2", lastEventID: "own"),
            ])
    }

    @Test func `a channel without laggards holds no bytes`() throws {
        let bench = BoardBench()
        let sinks = try (0..<3).map { _ in try bench.open("a", framing: .chunked) }
        bench.rest()
        bench.output[sinks[0].sink].mood = .room(0)
        try bench.publish("a", "a")
        bench.settle()
        #expect(bench.board.channels[0].pieces.count == 1)
        bench.output[sinks[0].sink].mood = .open
        bench.board.writable(sinks[0].handle)
        bench.settle()
        #expect(bench.board.channels[0].pieces.isEmpty && bench.board.channels[0].detached == 0)
        bench.output[sinks[1].sink].mood = .room(0)
        try bench.publish("a")
        bench.settle()
        #expect(bench.board.channels[0].pieces.count == 1)
        bench.board.close(sinks[1].handle)
        #expect(bench.board.channels[0].pieces.isEmpty && bench.board.channels[0].detached == 0)
    }
}
