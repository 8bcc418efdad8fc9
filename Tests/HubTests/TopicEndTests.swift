import EventStream
import HubSamples
import SeededRandomness
import Testing
import TimerWheel

@testable import Hub

@Suite struct TopicEndTests {
    @Test func `subscribers get the last event, and then a clean end, in one write`() throws {
        let bench = BoardBench()
        let (_, sink) = try bench.open("a", framing: .chunked)
        let (_, pattern) = try bench.open("a", "*")
        bench.rest()
        let writes = bench.output[sink].writes.count
        try bench.publish("a", data: "bye", isEnd: true)
        bench.rest()
        let read = try bench.read(sink, isChunked: true)
        #expect(read.isEnded && read.isWhole)
        #expect(read.blocks.map(\.event?.data) == [nil, "bye", nil])
        #expect(read.blocks.last?.id == "e1-1" && read.blocks.last?.comments == ["the topics have ended"])
        #expect(read.blocks.last?.retry != nil)
        #expect(bench.output[sink].writes.count == writes + 1)
        #expect(bench.output[sink].finishes == 1)
        // A pattern never ends.
        #expect(try bench.read(pattern).blocks.map(\.event?.data) == [nil, "bye"])
        #expect(bench.board.streamCount == 1)
    }

    @Test func `an end without data fires nothing, however it is shown`() throws {
        let bench = BoardBench()
        let sinks = try [bench.open("a").sink, bench.open("a", presentation: .envelope).sink]
        bench.rest()
        try bench.publish("a", data: nil, isEnd: true)
        bench.rest()
        for sink in sinks {
            let read = try bench.read(sink)
            #expect(read.blocks.map(\.id) == ["e1-0", "e1-1", "e1-1"])
            #expect(read.blocks.allSatisfy { $0.event == nil })
        }
    }

    @Test func `a stream of several topics ends with the last of them, whichever ended before it began`() throws {
        let bench = BoardBench()
        try bench.publish("a", isEnd: true)
        let (_, sink) = try bench.open("a", "b", "c")
        bench.rest()
        try bench.publish("c", isEnd: true)
        try bench.publish("b")
        bench.rest()
        #expect(bench.output[sink].finishes == 0)
        try bench.publish("b", data: "bye", isEnd: true)
        bench.rest()
        #expect(bench.output[sink].finishes == 1)
        #expect(try bench.read(sink).blocks.map(\.event?.data) == [nil, "x", "x", "bye", nil])
    }

    @Test func `who left before gets the rest, and then the end`() throws {
        let bench = BoardBench()
        for _ in 0..<5 { try bench.publish("a", "b") }
        try bench.publish("a", data: "bye", isEnd: true)
        let (_, sink) = try bench.open("a", from: .after("e1-3"))
        bench.rest()
        let read = try bench.read(sink)
        #expect(read.blocks.map(\.id) == ["e1-3", "e1-5", "e1-7", "e1-9", "e1-11", "e1-11"])
        #expect(read.blocks.last?.comments == ["the topics have ended"])
        #expect(bench.output[sink].finishes == 1)
    }

    @Test func `an end that is on its way is not taken for one that has come`() throws {
        let bench = BoardBench()
        try bench.publish("b", isEnd: true)
        let (_, sink) = try bench.open("a", "b")
        // The log has the end of the last topic; the board does not have it yet.
        try bench.publish("a", data: "bye", isEnd: true, ingesting: false)
        bench.rest()
        #expect(bench.output[sink].finishes == 0)
        bench.ingest()
        bench.rest()
        #expect(try bench.read(sink).blocks.map(\.event?.data) == [nil, "bye", nil])
        #expect(bench.output[sink].finishes == 1)
    }

    @Test func `a topic whose end is forgotten goes on`() throws {
        let bench = BoardBench(keeping: 2)
        try bench.publish("a", isEnd: true)
        let (_, early) = try bench.open("a", framing: .chunked)
        bench.rest()
        #expect(bench.output[early].finishes == 1)
        try bench.publish("b", "b")
        let (_, sink) = try bench.open("a")
        bench.rest()
        try bench.publish("a", data: "again")
        bench.rest()
        #expect(try bench.read(sink).blocks.map(\.event?.data) == [nil, "again"])
    }

    /// Random topics that end, and streams that come before, between and after.
    @Test(arguments: 0..<200) func `each stream gets all of its topics, and ends with the last of them`(seed: UInt64)
        throws
    {
        var random = SeededGenerator(seed: seed)
        let bench = BoardBench()
        let names = ["a", "b", "c", "d"]
        var open = Set(names)
        var published: [(topic: String, data: String)] = []
        var streams: [(sink: Sink, topics: [String], from: Int)] = []
        for step in 0..<60 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0...3:
                guard let name = open.sorted().randomElement(using: &random) else { break }
                let isEnd = Int.random(in: 0..<5, using: &random) == 0
                try bench.publish(name, data: "\(step)", isEnd: isEnd, ingesting: Bool.random(using: &random))
                published.append((name, "\(step)"))
                if isEnd { open.remove(name) }
            case 4, 5:
                let topics = Array(names.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
                let after = Int.random(in: 0...published.count, using: &random)
                // What a stream is told of as "after" has come to the board before.
                bench.ingest()
                let opened = try bench.open(
                    topics[0], topics.count > 1 ? topics[1] : topics[0], topics[topics.count - 1],
                    from: .after("e1-\(after)"))
                streams.append((opened.sink, topics, after))
            case 6: bench.ask()
            default: bench.settle()
            }
            if Bool.random(using: &random) { bench.ingest() }
        }
        bench.ingest()
        bench.rest()
        for stream in streams {
            let read = try bench.read(stream.sink)
            let due = published[stream.from...].filter { stream.topics.contains($0.topic) }.map(\.data)
            #expect(read.blocks.compactMap(\.event?.data) == due, "\(stream)")
            #expect(bench.output[stream.sink].finishes == (open.isDisjoint(with: stream.topics) ? 1 : 0), "\(stream)")
        }
    }
}
