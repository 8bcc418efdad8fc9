import SeededRandomness
import Testing

@testable import TimerWheel

@Suite struct TimerWheelTests {
    /// Random schedules, cancellations and steps of time against a dictionary of deadlines.
    @Test(arguments: 0..<60)
    func `each deadline comes due once, not early, and at most a bucket late`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let resolution = [1, 2, 7, 50, 1000][Int.random(in: 0..<5, using: &random)]
        var now = Int.random(in: 0...10_000_000, using: &random)
        var wheel = TimerWheel(resolution: resolution, now: now)
        var deadlines: [Int32: (asked: Int, scheduledAt: Int)] = [:]
        for _ in 0..<400 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let number = Int32.random(in: 0..<40, using: &random)
                let reach = [0, 3, 100, 512, 2000, 100_000].randomElement(using: &random)! * resolution
                let deadline = now + Int.random(in: -resolution...(reach + 1), using: &random)
                wheel.schedule(number, at: deadline)
                deadlines[number] = (deadline, now)
            case 5:
                let number = Int32.random(in: 0..<60, using: &random)
                wheel.cancel(number)
                deadlines[number] = nil
            default:
                let next = wheel.nextVisit
                try #require((next == nil) == deadlines.isEmpty, "seed \(seed)")
                if let next, let first = deadlines.values.map({ max($0.asked, $0.scheduledAt) }).min() {
                    // A visit earlier than needed is allowed: a far deadline is looked at once a turn.
                    try #require(next <= first + resolution, "seed \(seed)")
                    if Bool.random(using: &random) { now = max(now, next) }
                }
                let steps = [
                    0, 0, 1, resolution, 30 * resolution, 511 * resolution, 513 * resolution, 5000 * resolution,
                ]
                now += steps.randomElement(using: &random)!
                var due: [Int32] = []
                wheel.advance(to: now, due: &due)
                try #require(Set(due).count == due.count, "seed \(seed)")
                for number in due {
                    let removed = deadlines.removeValue(forKey: number)
                    let entry = try #require(removed, "seed \(seed)")
                    try #require(entry.asked <= now, "seed \(seed)")
                }
                for entry in deadlines.values {
                    try #require(max(entry.asked, entry.scheduledAt) + resolution > now, "seed \(seed)")
                }
            }
        }
    }

    @Test func `while the clock stands still nothing more comes due`() {
        var wheel = TimerWheel(resolution: 10, now: 1000)
        wheel.schedule(1, at: 1000)
        wheel.schedule(2, at: 900)
        var due: [Int32] = []
        for _ in 0..<5 { wheel.advance(to: 1009, due: &due) }
        #expect(due == [])
        #expect(wheel.nextVisit == 1010)
        wheel.advance(to: 1010, due: &due)
        #expect(Set(due) == [1, 2])
        #expect(wheel.nextVisit == nil)
    }

    @Test func `a clock that steps back brings nothing and loses nothing`() {
        var wheel = TimerWheel(resolution: 10, now: 1000)
        wheel.schedule(3, at: 1100)
        var due: [Int32] = []
        wheel.advance(to: 500, due: &due)
        #expect(due == [])
        wheel.advance(to: 1100, due: &due)
        #expect(due == [3])
    }

    @Test func `a second deadline takes the place of the first`() {
        var wheel = TimerWheel(resolution: 10, now: 0)
        wheel.schedule(0, at: 20)
        wheel.schedule(0, at: 60)
        var due: [Int32] = []
        wheel.advance(to: 50, due: &due)
        #expect(due == [])
        wheel.advance(to: 60, due: &due)
        #expect(due == [0])
        wheel.advance(to: 100_000, due: &due)
        #expect(due == [0])
    }

    @Test func `a sleep of many turns visits each bucket once`() {
        var wheel = TimerWheel(resolution: 1, now: 0)
        for number in Int32(0)..<2000 { wheel.schedule(number, at: Int(number) + 1) }
        var due: [Int32] = []
        wheel.advance(to: 1_000_000_000_000, due: &due)
        #expect(due.sorted() == Array(0..<2000))
        #expect(wheel.nextVisit == nil)
    }

    @Test func `cancelling what is not there does nothing`() {
        var wheel = TimerWheel(resolution: 10, now: 0)
        wheel.cancel(7)
        wheel.schedule(2, at: 30)
        wheel.cancel(1)
        wheel.cancel(2)
        wheel.cancel(2)
        #expect(wheel.nextVisit == nil)
    }
}
