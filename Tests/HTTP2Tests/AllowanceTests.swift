import SeededRandomness
import Testing

@testable import HTTP2

@Suite struct `An allowance` {
    @Test func `is that of ten seconds at once`() {
        var allowance = Allowance(Rate(perSecond: 7))
        let used = (0..<1000).count { _ in allowance.use(at: 5) }
        #expect(used == 70)
    }

    @Test func `comes back with time, and parts of one are not lost`() {
        var allowance = Allowance(Rate(perSecond: 2))
        while allowance.use(at: 0) {}
        // Asked at every millisecond, which gives back nothing by itself.
        let used = (1...10_000).count { allowance.use(at: $0) }
        #expect(used == 20)
    }

    @Test func `lasts for ever for who asks a little less often`() {
        var allowance = Allowance(Rate(perSecond: 100))
        var now = 0
        for round in 0..<30_000 {
            // 79 a second, of which two come at once.
            now += round % 3 == 2 ? 0 : 19
            let isAllowed = allowance.use(at: now)
            guard isAllowed else {
                Issue.record("used up in round \(round)")
                return
            }
        }
    }

    @Test func `is never more than it was at first`() {
        var allowance = Allowance(Rate(perSecond: 2))
        _ = allowance.use(at: 0)
        let used = (0..<1000).count { _ in allowance.use(at: 1 << 40) }
        #expect(used == 20)
    }

    @Test func `of the largest rate is never used up`() {
        var allowance = Allowance(Rate(perSecond: .max))
        let used = (0..<1000).count { allowance.use(at: $0 * 100_000) }
        #expect(used == 1000)
    }

    @Test func `is not more because the clock stands or steps back`() {
        var allowance = Allowance(Rate(perSecond: 1))
        while allowance.use(at: 1000) {}
        let used = [10, 1000].count { allowance.use(at: $0) }
        #expect(used == 0)
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `is as a plain count has it`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rate = Rate(perSecond: Int.random(in: 1...50, using: &random))
        var allowance = Allowance(rate)
        var uses: [Int] = []
        var now = 0
        for _ in 0..<300 {
            now += Int.random(in: 0...400, using: &random)
            while Bool.random(using: &random) {
                if allowance.use(at: now) { uses.append(now) }
            }
        }
        // In no stretch of time were there more than what is allowed at once and what came back in it.
        var worst = Int.min
        for (first, start) in uses.enumerated() {
            for last in first..<uses.count {
                worst = max(worst, last - first + 1 - (uses[last] - start) * rate.perSecond / 1000)
            }
        }
        #expect(worst <= rate.atOnce + 1)
    }
}
