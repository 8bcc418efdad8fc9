import Testing
import TimerWheel

@testable import Hub

@Suite struct QuietStreamTests {
    @Test(arguments: [4, 8, 20, 100, 1000])
    func `the id that a quiet stream knows never expires while batches are small`(window: Int) throws {
        var rules = BoardBench.rules
        rules.refreshWindow = window
        let bench = BoardBench(rules, keeping: window)
        let (_, quiet) = try bench.open("quiet", framing: .chunked)
        bench.rest()
        for _ in 0..<window * 5 {
            try bench.publish("busy")
            bench.rest()
            let read = try bench.read(quiet, isChunked: true)
            let id = EventID(read.lastEventID)
            guard case .position("e1", let told) = id else {
                Issue.record("\(id)")
                return
            }
            #expect(told >= bench.log.kept.lowerBound - 1)
        }
        let read = try bench.read(quiet, isChunked: true)
        #expect(read.blocks.allSatisfy { $0.event == nil && $0.comments == [] })
        // Half of what is kept is the measure: not a block for each event.
        #expect(window < 20 || read.blocks.count <= 12)
    }

    @Test func `those whose last id is not after a position are told the present one, and no one else`() throws {
        let bench = BoardBench()
        let (_, quiet) = try bench.open("quiet")
        let (_, busy) = try bench.open("busy")
        bench.rest()
        for _ in 0..<10 { try bench.publish("busy") }
        bench.rest()
        bench.board.refresh(idsThrough: 5)
        bench.rest()
        #expect(try bench.read(quiet).blocks.map(\.id) == ["e1-0", "e1-10"])
        #expect(try bench.read(busy).blocks.count == 11)
        bench.board.refresh(idsThrough: 5)
        bench.board.refresh(idsThrough: 10)
        bench.rest()
        #expect(try bench.read(quiet).blocks.count == 2)
        #expect(try bench.read(busy).blocks.count == 11)
    }

    @Test func `an id is never ahead of an event that is not yet written`() throws {
        let bench = BoardBench()
        let (_, sink) = try bench.open("a")
        bench.rest()
        try bench.publish("a", "b")
        bench.board.refresh(idsThrough: 1)
        bench.rest()
        #expect(try bench.read(sink).blocks.map(\.id).prefix(2) == ["e1-0", "e1-1"])
    }
}
