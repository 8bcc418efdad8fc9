// Owns how often a line is written of what happens often.

import TimerWheel

/// Lets one line through in so many milliseconds.
struct LinePace {
    private let interval: Milliseconds
    private var next: Milliseconds?

    init(every interval: Milliseconds) { self.interval = interval }

    /// Whether a line may be written now; the next one may not for a while, then.
    mutating func isDue(at now: Milliseconds) -> Bool {
        if let next, now < next { return false }
        next = now + interval
        return true
    }
}
