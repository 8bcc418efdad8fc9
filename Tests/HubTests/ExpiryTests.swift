import HubSamples
import Testing
import TimerWheel

@testable import Hub

@Suite struct ExpiryTests {
    private static let comment = "the token has expired: come back with a new one"

    /// Checks that a stream came to its end by its time, and gives the ids of its events and of its last block.
    private func end(
        _ bench: BoardBench, _ sink: Sink, _ framing: Framing
    ) throws -> (events: [String], last: String?) {
        let read = try bench.read(sink, isChunked: framing == .chunked)
        #expect(read.isWhole && read.isEnded == (framing == .chunked))
        #expect(bench.output[sink].finishes == 1 && bench.output[sink].resets.isEmpty)
        #expect(bench.output.faults == [])
        let last = try #require(read.blocks.last)
        #expect(last.comments.last == Self.comment && last.event == nil)
        let retry = try #require(last.retry)
        #expect(retry >= .milliseconds(1000) && retry <= .milliseconds(3000))
        return (read.blocks.filter { $0.event != nil }.compactMap(\.id), last.id)
    }

    @Test(arguments: [Framing.chunked, .plain])
    func `a stream ends at its time, and is told nothing that comes then`(framing: Framing) throws {
        let bench = BoardBench()
        let sink = try bench.open("a", framing: framing, expiry: bench.now + 5000).sink
        let other = try bench.open("a", framing: framing).sink
        bench.rest()
        try bench.publish("a")
        bench.pass(4990)
        #expect(bench.output[sink].finishes == 0)
        // Committed before, but it would be sent after.
        try bench.publish("a", "b")
        bench.now += 10
        bench.settle()
        #expect(try end(bench, sink, framing) == (["e1-1"], "e1-1"))
        #expect(try bench.read(other, isChunked: framing == .chunked).lastEventID == "e1-2")
        #expect(bench.board.streamCount == 1)
        #expect(bench.board.expiries.entries.isEmpty)
    }

    @Test func `who is idle at that time ends by the clock alone, with the present id`() throws {
        let bench = BoardBench()
        let sink = try bench.open("a", expiry: bench.now + 777).sink
        bench.rest()
        try bench.publish("b", "b")
        bench.settle()
        let next = bench.board.nextTick
        #expect(next.map { $0 <= bench.now + 777 } == true)
        bench.pass(776, by: 1)
        #expect(bench.output[sink].finishes == 0)
        bench.pass(1, by: 1)
        #expect(try end(bench, sink, .plain) == ([], "e1-2"))
    }

    @Test func `a time that is over ends a stream before it has had anything`() throws {
        let bench = BoardBench()
        try bench.publish("a")
        let live = try bench.open("a", expiry: bench.now).sink
        let resumed = try bench.open("a", from: .after("e1-0"), expiry: bench.now - 5).sink
        bench.rest()
        #expect(try end(bench, live, .plain) == ([], "e1-1"))
        #expect(try end(bench, resumed, .plain) == ([], "e1-0"))
    }

    @Test(arguments: [Framing.chunked, .plain])
    func `a stream whose start is not found by then starts there again`(framing: Framing) throws {
        let bench = BoardBench()
        try bench.publish("a")
        bench.isLogAway = true
        let sink = try bench.open("a", from: .after("e1-0"), framing: framing, expiry: bench.now + 100).sink
        bench.pass(200)
        #expect(try end(bench, sink, framing) == ([], "e1-0"))
        bench.isLogAway = false
        bench.rest()
    }

    /// A reader that took any number of bytes of what it was due, live or replayed, when its time came: the event that it
    /// had a part of is made whole, and nothing else is sent.
    @Test(arguments: [Framing.chunked, .plain], [false, true])
    func `a stuck reader gets the event that it has a part of, and its end`(framing: Framing, isReplay: Bool) throws {
        var counts: Set<Int> = []
        var room = 0
        while true {
            let bench = BoardBench()
            for other in ["a", "b"] where isReplay { try bench.publish("x", other, "a", data: "line\n\nline") }
            let sink = try bench.open(
                "a", from: isReplay ? .after("e1-0") : .now, framing: framing, expiry: bench.now + 1000
            ).sink
            if isReplay { bench.ask() } else { bench.rest() }
            if !isReplay { for other in ["a", "b"] { try bench.publish("x", other, "a", data: "line\n\nline") } }
            let opening = bench.output[sink].bytes.count
            bench.output[sink].mood = .room(room)
            bench.rest()
            if !isReplay {
                // What waits for one that lags is copied, and must still be cut in the right place.
                try bench.publish("b", "b", "a", data: String(repeating: "x", count: 5000))
                bench.settle()
            }
            let early = Array(bench.output[sink].bytes)
            guard bench.output[sink].isFull else { break }
            bench.pass(1000)
            #expect(bench.output[sink].bytes == early)
            bench.output[sink].mood = .open
            bench.board.writable(StreamHandle(slot: 0, generation: 0))
            bench.rest()
            let (events, last) = try end(bench, sink, framing)
            let had = try #require(ReadStream(early, isChunked: framing == .chunked))
            let isPart = !(framing == .chunked ? early.suffix(3).elementsEqual("\n\r\n".utf8) : had.isWhole)
            #expect(events.count >= had.eventCount && events.count <= had.eventCount + (isPart ? 1 : 0), "\(room)")
            if room == 0, !isReplay { #expect(events.isEmpty && opening > 0) }
            // The id tells of what was sent, and of nothing more.
            let position = try #require(last.flatMap { Int($0.dropFirst(3)) })
            let due = Self.positions(on: "a", bench)
            #expect(events == due.filter { $0 <= position }.map { "e1-\($0)" }, "\(room): \(last ?? "")")
            counts.insert(events.count)
            room += 1
        }
        #expect(counts.count > 3 && room > 100)
    }

    private static func positions(on name: String, _ bench: BoardBench) -> [Position] {
        bench.log.page(ReadRequest(patterns: [pattern(name)], after: 0, through: .max, events: 100, bytes: 1 << 20))
            .events.map(\.position)
    }

    @Test func `a stream that ends for another reason is sent nothing after its time either`() throws {
        let bench = BoardBench()
        let (handle, sink) = try bench.open("a", framing: .chunked, expiry: bench.now + 1000)
        bench.rest()
        bench.output[sink].mood = .room(3)
        try bench.publish("a", "a")
        bench.settle()
        bench.board.end(handle, because: .disconnected, allowReconnect: false)
        bench.settle()
        bench.pass(1000)
        bench.output[sink].mood = .open
        bench.board.writable(handle)
        bench.settle()
        let read = try bench.read(sink, isChunked: true)
        #expect(read.isEnded && read.blocks.compactMap(\.id) == ["e1-0", "e1-1", "e1-1~stop"])
        #expect(read.blocks.last?.comments == ["disconnected"])
    }

    @Test func `a stuck reader that goes on taking nothing is reset as any other`() throws {
        let bench = BoardBench()
        let sink = try bench.open("a", expiry: bench.now + 1000).sink
        bench.rest()
        bench.output[sink].mood = .room(0)
        try bench.publish("a")
        bench.settle()
        bench.pass(31_000)
        #expect(bench.output[sink].resets == [.slowAge])
        let next = bench.board.nextTick
        #expect(next == nil)
    }

    @Test func `streams that are gone before their time are forgotten`() throws {
        let bench = BoardBench()
        let (stays, _) = try bench.open("a", expiry: bench.now + 1_000_000)
        for number in 0..<1000 {
            let (handle, _) = try bench.open("a", expiry: bench.now + 500_000 + number)
            bench.board.close(handle)
            #expect(bench.board.expiries.entries.count <= 66)
        }
        bench.board.close(stays)
        #expect(bench.board.expiries.entries.isEmpty && bench.board.expiring == 0)
    }

    private final class Lease {}

    @Test func `a lease is kept until the stream is gone, however it goes`() throws {
        let bench = BoardBench()
        weak var weakly: Lease?
        func open(expiry: Milliseconds? = nil) throws -> (handle: StreamHandle, sink: Sink) {
            let lease = Lease()
            weakly = lease
            return try bench.open("a", expiry: expiry, lease: lease)
        }
        let closed = try open()
        bench.rest()
        #expect(weakly != nil)
        bench.board.close(closed.handle)
        #expect(weakly == nil)
        let expired = try open(expiry: bench.now + 10)
        bench.output[expired.sink].mood = .room(0)
        bench.pass(20)
        // It has yet to be told.
        #expect(weakly != nil)
        bench.output[expired.sink].mood = .open
        bench.board.writable(expired.handle)
        bench.settle()
        #expect(weakly == nil)
        _ = try open()
        bench.board.giveUpAll(into: &bench.output)
        #expect(weakly == nil)
    }

    @Test func `what is known of a stream that does not start or end takes 128 bytes`() {
        #expect(MemoryLayout<StreamState>.stride == 128)
    }
}
