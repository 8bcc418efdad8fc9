import HubSamples
import Testing
import TimerWheel

@testable import Hub

@Suite struct TimeoutTests {
    private static let comment = "the time of the stream is over: come back for more"

    @Test(arguments: [Framing.chunked, .plain])
    func `a stream that times out is sent what it is due, and then why it ends`(framing: Framing) throws {
        let bench = BoardBench()
        let sink = try bench.open("a", framing: framing, timeout: bench.now + 5000).sink
        bench.rest()
        bench.pass(4990)
        try bench.publish("a")
        bench.now += 10
        bench.settle()
        bench.settle()
        let read = try bench.read(sink, isChunked: framing == .chunked)
        #expect(read.isWhole && read.blocks.last?.comments.last == Self.comment && read.blocks.last?.id == "e1-1")
        #expect(read.blocks.filter { $0.event != nil }.compactMap(\.id) == ["e1-1"])
        #expect(bench.output[sink].finishes == 1 && bench.board.expiries.entries.isEmpty)
    }

    @Test func `what comes first ends it, and what is over is forgotten`() throws {
        for (expiry, timeout, comment) in [
            (300, 200, Self.comment), (200, 300, "the token has expired: come back with a new one"),
        ] {
            let bench = BoardBench()
            let sink = try bench.open("a", expiry: bench.now + expiry, timeout: bench.now + timeout).sink
            bench.rest()
            #expect(bench.board.expiring == 2)
            bench.pass(190)
            #expect(bench.output[sink].finishes == 0)
            bench.pass(20)
            #expect(bench.output[sink].finishes == 1)
            #expect(try bench.read(sink).blocks.last?.comments.last == comment)
            #expect(bench.board.expiring == 0 && bench.board.expiries.entries.isEmpty)
        }
    }

    @Test func `a stream that timed out and is not taken is sent nothing once its token is over`() throws {
        let bench = BoardBench()
        let (handle, sink) = try bench.open(
            "a", framing: .chunked, expiry: bench.now + 300, timeout: bench.now + 200)
        bench.rest()
        bench.output[sink].mood = .room(3)
        try bench.publish("a", "a")
        bench.settle()
        bench.pass(210)
        #expect(bench.board.expiring == 1)
        bench.pass(100)
        bench.output[sink].mood = .open
        bench.board.writable(handle)
        bench.settle()
        let read = try bench.read(sink, isChunked: true)
        #expect(read.isEnded && read.blocks.compactMap(\.id) == ["e1-0", "e1-1", "e1-1"])
        #expect(read.blocks.last?.comments == [Self.comment] && bench.board.expiring == 0)
    }
}

@Suite struct WatchedStreamTests {
    private final class Lease {}

    /// The reasons with which watched streams are told of as over.
    private func told(_ bench: BoardBench) -> [StreamEnd] { bench.board.takeClosed().map(\.reason) }

    @Test func `each is told of once, with why it is over`() throws {
        let bench = BoardBench()
        func open(_ timeout: Milliseconds? = nil) throws -> (handle: StreamHandle, sink: Sink) {
            let stream = try bench.open("a", timeout: timeout, lease: Lease(), isWatched: true)
            bench.rest()
            return stream
        }
        let gone = try open()
        bench.board.close(gone.handle)
        bench.board.close(gone.handle)
        #expect(told(bench) == [.gone])
        let ended = try open()
        bench.board.end(ended.handle, because: .disconnected)
        #expect(told(bench) == [])
        bench.settle()
        #expect(told(bench) == [.disconnected])
        _ = try open(bench.now + 100)
        bench.pass(200)
        #expect(told(bench) == [.timedOut])
        // Who goes while it ends was to end.
        let both = try open()
        bench.output[both.sink].mood = .room(0)
        bench.board.end(both.handle, because: .revoked)
        bench.settle()
        bench.board.close(both.handle)
        #expect(told(bench) == [.revoked])
        _ = try open()
        bench.board.giveUpAll(into: &bench.output)
        #expect(told(bench) == [.drained])
        let unwatched = try bench.open("a", lease: Lease())
        bench.board.close(unwatched.handle)
        #expect(told(bench) == [] && bench.board.streamCount == 0)
    }
}
