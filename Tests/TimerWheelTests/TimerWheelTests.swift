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
        // The bucket of each entry, and the last one that is done, as the ring has them.
        var buckets: [Int32: Int] = [:]
        var done = now / resolution
        for _ in 0..<400 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let number = Int32.random(in: 0..<40, using: &random)
                let reach = [0, 3, 100, 512, 2000, 100_000].randomElement(using: &random)! * resolution
                let deadline = now + Int.random(in: -resolution...(reach + 1), using: &random)
                wheel.schedule(number, at: deadline)
                deadlines[number] = (deadline, now)
                buckets[number] = max((deadline + resolution - 1) / resolution, done + 1)
            case 5:
                let number = Int32.random(in: 0..<60, using: &random)
                wheel.cancel(number)
                deadlines[number] = nil
                buckets[number] = nil
            default:
                let next = wheel.nextVisit
                try #require((next == nil) == deadlines.isEmpty, "seed \(seed)")
                let visit = buckets.values.map { done + 1 + ($0 - done - 1) % 512 }.min()
                try #require(next == visit.map { $0 * resolution }, "seed \(seed)")
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
                done = max(done, now / resolution)
                for number in due { buckets[number] = nil }
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

    @Test func `what is put off moves only when that makes a difference`() {
        var wheel = TimerWheel(resolution: 10, now: 0)
        func due(by now: Int) -> [Int32] {
            var due: [Int32] = []
            wheel.advance(to: now, due: &due)
            return due
        }
        wheel.postpone(1, to: 1000, slack: 100)
        wheel.postpone(1, to: 1100, slack: 100)  // stays at 1000
        wheel.postpone(2, to: 1000, slack: 100)
        wheel.postpone(2, to: 1101, slack: 100)  // moves
        wheel.postpone(3, to: 2000, slack: 100)
        wheel.postpone(3, to: 1000, slack: 100)  // is never later than asked
        #expect(Set(due(by: 1020)) == [1, 3])
        #expect(due(by: 1100) == [])
        #expect(due(by: 1120) == [2])
        wheel.postpone(1, to: 1200, slack: 100)
        #expect(due(by: 1210) == [1])
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
