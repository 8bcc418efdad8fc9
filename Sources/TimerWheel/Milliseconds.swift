// Owns the unit in which times and lengths of time are counted inside. Nothing of it may overflow: durations come from
// options and requests.

/// Milliseconds: a length of time, or a time on a clock that never steps back, where its start does not matter.
package typealias Milliseconds = Int

extension Duration {
    /// Whole milliseconds, rounded up so that nothing comes before its time; from 0 to some three thousand years.
    package var milliseconds: Milliseconds {
        let (seconds, attoseconds) = components
        // Less than nothing is nothing, whichever of the two parts says so.
        if seconds < 0 || attoseconds < 0 { return 0 }
        let whole = Int(min(seconds, 100_000_000_000)) * 1000
        return whole + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
