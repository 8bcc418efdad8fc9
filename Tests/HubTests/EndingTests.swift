import EventStream
import Testing
import TimerWheel

@testable import Hub

@Suite struct EndingTests {
    @Test func `a stream that ends is told its id, when to come back and why, and its body ends`() throws {
        let bench = BoardBench()
        let (handle, sink) = try bench.open("a", framing: .chunked)
        bench.rest()
        try bench.publish("a", "b")
        bench.board.end(handle, because: .drained)
        bench.rest()
        let read = try bench.read(sink, isChunked: true)
        #expect(read.isEnded && read.isWhole)
        let last = try #require(read.blocks.last)
        #expect(last.id == "e1-2")
        #expect(last.comments == ["the hub is stopping"])
        let retry = try #require(last.retry)
        #expect(retry >= .milliseconds(500) && retry <= .milliseconds(10_000))
        #expect(read.blocks.map(\.event?.data) == [nil, "x", nil])
        #expect(bench.output[sink].finishes == 1)
        #expect(bench.board.streamCount == 0)
    }

    @Test func `a stream without chunks ends without a last one`() throws {
        let bench = BoardBench()
        let (handle, sink) = try bench.open("a")
        bench.rest()
        bench.board.end(handle, because: .disconnected)
        bench.rest()
        let read = try bench.read(sink)
        #expect(read.isWhole)
        #expect(read.blocks.last?.comments == ["disconnected"])
        #expect(bench.output[sink].finishes == 1)
    }

    @Test func `who may not come back gets an id that says so, at most 64 bytes long`() throws {
        let starts: [Start] = [
            .now, .earliest, .after("e1-1"), .after(""), .after("own"), .after("a\0b"), .after("a\nb"),
            .after(String(repeating: "é", count: 60)), .after(String(repeating: "x", count: 64)),
            .after(String(repeating: "x", count: 4000)),
        ]
        for start in starts {
            for isLocated in [false, true] {
                let bench = BoardBench()
                try bench.publish("a")
                let (handle, sink) = try bench.open("a", from: start)
                if isLocated { bench.rest() }
                bench.board.end(handle, because: .disconnected, allowReconnect: false)
                bench.rest()
                let id = try bench.read(sink).lastEventID
                #expect(id.hasSuffix("~stop") && id.utf8.count <= 64, "\(start)")
                #expect(EventID(id) == .stop)
            }
        }
    }

    @Test func `a stream that ends before it began starts there again`() throws {
        for (start, id) in [(Start.after("own-x"), "own-x"), (.earliest, "")] {
            let bench = BoardBench()
            let (handle, sink) = try bench.open("a", from: start)
            bench.board.end(handle, because: .drained)
            bench.rest()
            #expect(try bench.read(sink).blocks.map(\.id) == [id])
        }
    }

    @Test func `what was on its way to a stream comes before its end`() throws {
        let bench = BoardBench()
        let (handle, sink) = try bench.open("a", framing: .chunked)
        bench.rest()
        bench.output[sink].mood = .room(4)
        try bench.publish("a")
        bench.settle()
        try bench.publish("a")
        bench.board.end(handle, because: .drained)
        try bench.publish("a")
        bench.settle()
        // What comes after the end is not held for it.
        let behind = bench.board.summaries[0].bytesBehind
        bench.output[sink].mood = .open
        let before = bench.output[sink].bytes.count
        bench.board.writable(handle)
        bench.settle()
        #expect(bench.output[sink].bytes.count - before == behind)
        let read = try bench.read(sink, isChunked: true)
        #expect(read.isEnded)
        #expect(read.blocks.map(\.id).suffix(3) == ["e1-1", "e1-2", "e1-2"])
    }

    @Test func `all streams end, and those that take nothing are reset at last`() throws {
        let bench = BoardBench()
        let sinks = try (0..<4).map { _ in try bench.open("a").sink }
        bench.rest()
        bench.output[sinks[3]].mood = .room(0)
        bench.board.endAll(because: .drained)
        bench.settle()
        #expect(sinks.map { bench.output[$0].finishes } == [1, 1, 1, 0])
        bench.board.giveUpAll(into: &bench.output)
        #expect(bench.output[sinks[3]].resets == [.drained])
        #expect(bench.board.streamCount == 0)
        #expect(bench.output.faults == [])
    }

    @Test func `a stream ends once`() throws {
        let bench = BoardBench()
        let (handle, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .room(0)
        bench.board.end(handle, because: .drained)
        bench.settle()
        bench.board.end(handle, because: .disconnected, allowReconnect: false)
        bench.output[sink].mood = .open
        bench.board.writable(handle)
        bench.settle()
        bench.board.end(handle, because: .disconnected)
        bench.settle()
        #expect(try bench.read(sink).blocks.last?.comments == ["the hub is stopping"])
        #expect(try bench.read(sink).blocks.count == 2)
        #expect(bench.output.faults == [])
    }
}
