import Network
import Testing

@Suite struct EventLoopTests {
    @Test func `a timer that has fired costs one round, and the loop then waits again`() throws {
        let loop = try EventLoop()
        var rounds = 0
        var deadlines = [loop.now + 20, loop.now + 60, loop.now + 120]
        loop.setTimer(at: deadlines[0])
        loop.run {
            rounds += 1
            while let next = deadlines.first, next <= loop.now { deadlines.removeFirst() }
            if let next = deadlines.first { loop.setTimer(at: next) } else { loop.stop() }
        }
        // One to begin with and two for each timer, and a few more if the system wakes it early.
        #expect(rounds < 30)
    }
}
