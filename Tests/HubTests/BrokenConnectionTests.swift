import Testing
import TimerWheel

@testable import Hub

@Suite struct BrokenConnectionTests {
    @Test func `a broken connection takes its channel along, and the board goes on`() throws {
        let bench = BoardBench()
        let (_, sink) = try bench.open("a")
        bench.rest()
        bench.output[sink].mood = .broken
        try bench.publish("a")
        bench.rest()
        #expect(bench.output[sink].resets == [.gone])
        #expect(bench.board.streamCount == 0)
        #expect(bench.board.matcher.namedCount == 0)
    }
}
