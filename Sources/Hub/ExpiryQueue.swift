// Owns the order in which streams expire. Must never let one come later than its time: the wheel's deadlines may.

import TimerWheel

/// Streams by the time at which they expire; the earliest is at hand.
///
/// A heap. One that is over before its time stays until that comes, or until whoever counts them makes the queue anew.
struct ExpiryQueue {
    struct Entry {
        let time: Milliseconds
        let handle: StreamHandle
        /// Whether it expires then, or times out.
        let reason: StreamEnd
    }

    private(set) var entries: [Entry] = []

    /// When the next one expires.
    var next: Milliseconds? { entries.first?.time }

    /// Adds a stream. O(log n).
    mutating func insert(_ handle: StreamHandle, at time: Milliseconds, because reason: StreamEnd) {
        entries.append(Entry(time: time, handle: handle, reason: reason))
        var child = entries.count - 1
        while child > 0, case let parent = (child - 1) / 2, entries[parent].time > entries[child].time {
            entries.swapAt(parent, child)
            child = parent
        }
    }

    /// Takes a stream whose time has come. O(log n).
    mutating func pop(at now: Milliseconds) -> Entry? {
        guard let first = entries.first, first.time <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var parent = 0
        while case var child = 2 * parent + 1, child < entries.count {
            if child + 1 < entries.count, entries[child + 1].time < entries[child].time { child += 1 }
            if entries[parent].time <= entries[child].time { break }
            entries.swapAt(parent, child)
            parent = child
        }
        return first
    }
}
