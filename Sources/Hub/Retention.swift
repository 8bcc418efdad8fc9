// Owns the judgement of what a log lets go of, for every log alike.

package import TimerWheel

/// What a log keeps: as much as all three limits allow.
package struct Retention: Sendable {
    /// At most so many events.
    package var events: Int
    /// Each for so long.
    package var age: Milliseconds
    /// At most so many bytes, bookkeeping included.
    package var bytes: Int

    /// Puts the limits together.
    package init(events: Int, age: Milliseconds, bytes: Int) {
        self.events = events
        self.age = age
        self.bytes = bytes
    }

    /// Whether there is more than is to be kept.
    ///
    /// - Parameters:
    ///   - count: how many events there are.
    ///   - size: what they take.
    ///   - oldest: for how long the earliest has been there.
    package func isExceeded(count: Int, size: Int, oldest: Milliseconds) -> Bool {
        count > events || size > bytes || oldest > age
    }

    /// How many of the earliest events are beyond half of what is kept by count and by bytes, if events are of one size.
    package func countBeyondHalf(count: Int, size: Int) -> Int {
        let byBytes = size <= 0 || count == 0 ? 0 : count - bytes / 2 / max(1, size / count)
        return max(0, count - events / 2, byBytes)
    }
}
