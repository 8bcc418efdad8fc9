import Network
import Synchronization
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

    @Test func `a task whose loop has ended goes on elsewhere, and not within whoever wakes it`() async throws {
        let loop = try EventLoop()
        loop.submit { loop.stop() }
        loop.run {}
        let steps = Steps()
        // Whoever wakes a task may hold a lock that this wants.
        let task = steps.locked { Task(executorPreference: loop) { steps.add() } }
        await task.value
        #expect(steps.count == 1)
    }

    private final class Steps: Sendable {
        private let number = Mutex(0)

        var count: Int { number.withLock(\.self) }

        func add() { number.withLock { $0 += 1 } }

        func locked<Value: Sendable>(_ body: () -> Value) -> Value { number.withLock { _ in body() } }
    }
}
