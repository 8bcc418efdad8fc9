// Owns what is said of refusals in the log. However many there are, it must never be more than a line a minute.

import Admission
import TimerWheel

/// Tells what was refused since it was told last. It belongs to one worker.
struct RefusalReport {
    private var pace = LinePace(every: 60_000)
    private var told: [Int] = []
    private var toldTotal = 0

    /// The kinds of which there were more since, and how many; none if there were none, or it is too early to say so.
    ///
    /// - Parameter isLast: whether nothing can be said later.
    mutating func due(
        _ counts: RefusalCounts, at now: Milliseconds, isLast: Bool = false
    ) -> [(key: String, value: String)] {
        // As a rule nothing was refused, and that costs nothing to find out.
        let total = counts.total
        guard total != toldTotal, isLast || pace.isDue(at: now) else { return [] }
        toldTotal = total
        let all = counts.all
        if told.isEmpty { told = Array(repeating: 0, count: all.count) }
        defer { told = all.map(\.count) }
        return zip(all, told).compactMap { entry, told in
            entry.count > told ? (entry.kind, String(entry.count - told)) : nil
        }
    }
}
