// Owns the judgement that a burst is over. Gives nothing back itself.

/// Watches how much there is of something that takes memory.
///
/// What is freed stays with the allocator, in case it is needed again. To hand it back to the system takes a walk over all
/// that is free, so it is done after a burst and not all the time.
struct HighWater {
    private let least: Int
    private var peak = 0

    /// - Parameter least: a fall by no more than this is no matter.
    init(least: Int) { self.least = least }

    /// Notes how much there is now. Tells, once, whether it has fallen to less than half of the most that there was.
    mutating func hasFallen(to value: Int) -> Bool {
        peak = max(peak, value)
        guard value < peak / 2, peak - value > least else { return false }
        peak = value
        return true
    }
}
