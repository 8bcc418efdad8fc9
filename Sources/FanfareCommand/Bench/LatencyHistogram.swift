// Owns the counting of latencies. It never allocates while it counts.

/// Counts of durations, in buckets that grow with the duration.
///
/// Below 128 ns each value has a bucket; above, each power of two is divided into 128. A percentile is the upper end of its
/// bucket: never less than the true one, and less than 1/128 (0.8 %) more. The maximum is exact.
struct LatencyHistogram: Sendable {
    private static var bits: Int { 7 }
    private static var share: Int { 1 << bits }

    private var buckets = [UInt64](repeating: 0, count: index(of: .max) + 1)
    /// How many durations were counted.
    private(set) var count = 0
    /// The longest, in nanoseconds; 0 if there is none.
    private(set) var maximum: UInt64 = 0

    /// Counts one duration.
    mutating func record(nanoseconds: UInt64) {
        buckets[Self.index(of: nanoseconds)] += 1
        count += 1
        if nanoseconds > maximum { maximum = nanoseconds }
    }

    /// The duration in nanoseconds that this part of all durations does not exceed; 0 if there are none.
    ///
    /// - Parameter part: from 0 to 1; 0.99 for the 99th percentile.
    func percentile(_ part: Double) -> UInt64 {
        // The smallest rank that is at least that part of all.
        let rank = max(1, UInt64((part * Double(count)).rounded(.up)))
        var sum: UInt64 = 0
        for (index, number) in buckets.enumerated() {
            sum += number
            if sum >= rank { return min(Self.upperEnd(of: index), maximum) }
        }
        return maximum
    }

    /// The bucket of a duration.
    static func index(of value: UInt64) -> Int {
        guard value >= UInt64(share) else { return Int(value) }
        let shift = UInt64.bitWidth - 1 - value.leadingZeroBitCount - bits
        // The leading bit of what is left after the shift counts as one more `share`.
        return shift * share + Int(value >> UInt64(shift))
    }

    /// The longest duration that falls into a bucket.
    static func upperEnd(of index: Int) -> UInt64 {
        guard index >= 2 * share else { return UInt64(index) }
        let shift = UInt64(index / share - 1)
        let leading = UInt64(index % share + share)
        return (leading << shift) | ((1 << shift) - 1)
    }
}
