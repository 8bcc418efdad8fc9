import Network
import Testing

@Suite struct EventLoopTests {
    @Test func `a timer that fires before a turn could set another costs one round, and the loop then waits again`()
        throws
    {
        let loop = try EventLoop()
        var rounds = 0
        let end = loop.now + 60
        loop.setTimer(at: loop.now + 20)
        loop.run {
            rounds += 1
            // The first round is over before the timer fires, and sets none.
            if rounds == 2 { loop.setTimer(at: end) }
            if loop.now >= end { loop.stop() }
        }
        // A few more than three if the system wakes it early; a loop that does not wait makes thousands.
        #expect(rounds < 30)
    }
}
