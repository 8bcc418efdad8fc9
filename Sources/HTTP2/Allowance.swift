// Owns the count of what the other side may do so many times a second.

/// How often something may be done.
package struct Rate: Sendable, Equatable {
    /// For as long as it goes on.
    package var perSecond: Int
    /// At once, by somebody who has been quiet.
    package var atOnce: Int

    /// So many a second, and those of ten seconds at once.
    package init(perSecond: Int) {
        self.perSecond = perSecond
        atOnce = perSecond.multipliedReportingOverflow(by: 10).overflow ? .max : perSecond * 10
    }
}

/// What is left of a rate.
struct Allowance {
    private let rate: Rate
    private var left: Int
    /// Since when what comes back is not counted yet.
    private var since: Int?

    init(_ rate: Rate) {
        self.rate = rate
        left = rate.atOnce
    }

    /// Uses one up.
    ///
    /// - Parameter now: the time in milliseconds, on a clock that never steps back.
    /// - Returns: whether there was one.
    mutating func use(at now: Int) -> Bool {
        let start = since ?? now
        // Who was quiet for so long has all of it again, and what comes back fits a number.
        let elapsed = min(max(0, now - start), 60_000)
        let (product, overflow) = elapsed.multipliedReportingOverflow(by: rate.perSecond)
        let back = overflow ? Int.max : product / 1000
        // A part of one that came back counts from when it began to.
        since = back >= rate.atOnce ? now : start + back * 1000 / rate.perSecond
        left = back >= rate.atOnce - left ? rate.atOnce : left + back
        guard left > 0 else { return false }
        left -= 1
        return true
    }

    /// Takes back a use, or makes room for one.
    mutating func giveBack() { left = min(rate.atOnce, left + 1) }
}
