/// Deadlines for many small things, one each, at a few bytes apiece and without a timer object.
///
/// A ring of buckets, each a list threaded through arrays that are indexed by the thing's own number. A deadline
/// beyond one turn of the ring stays in its bucket and is looked at once a turn. It holds no clock: the owner says
/// what time it is. It belongs to one thread.
package struct TimerWheel: Sendable {
    /// How much later than asked a deadline may come due.
    package let resolution: Milliseconds

    private static let none: Int32 = -1
    private static let bucketCount = 512

    /// The first entry of each bucket.
    private var heads: [Int32]
    /// A bit for each bucket that has an entry.
    private var occupied = InlineArray<8, UInt64>(repeating: 0)
    private var entries: [Entry] = []
    /// The bucket number, counted from the clock's zero, up to which all is done.
    private var doneThrough: Int
    private var count = 0

    private struct Entry: Sendable {
        var next = TimerWheel.none
        var previous = TimerWheel.none
        var deadline: Milliseconds = -1  // -1: not on the wheel
    }

    /// Makes an empty wheel.
    ///
    /// - Parameters:
    ///   - resolution: the width of a bucket, in milliseconds.
    ///   - now: the time at the owner's clock.
    package init(resolution: Milliseconds, now: Milliseconds) {
        precondition(resolution > 0)
        self.resolution = resolution
        heads = Array(repeating: Self.none, count: Self.bucketCount)
        doneThrough = now / resolution
    }

    /// Sets the deadline of `number`, in place of one that it may have. O(1).
    package mutating func schedule(_ number: Int32, at deadline: Milliseconds) {
        let index = Int(number)
        while entries.count <= index { entries.append(Entry()) }
        cancel(number)
        // What is due already comes with the next bucket, never with one that is done.
        let due = max(deadline, (doneThrough + 1) * resolution)
        let bucket = bucketIndex(of: due)
        let head = heads[bucket]
        entries[index] = Entry(next: head, deadline: due)
        if head != Self.none { entries[Int(head)].previous = number }
        heads[bucket] = number
        occupied[bucket >> 6] |= 1 << UInt64(bucket & 63)
        count += 1
    }

    /// Sets the deadline of `number`, unless it has one that is at most `slack` earlier: what is busy is put off all the
    /// time, and need not be moved each time. O(1).
    package mutating func postpone(_ number: Int32, to deadline: Milliseconds, slack: Milliseconds) {
        let index = Int(number)
        if index < entries.count, entries[index].deadline >= deadline - slack, entries[index].deadline <= deadline {
            return
        }
        schedule(number, at: deadline)
    }

    /// Takes `number` off the wheel, if it is there. O(1).
    package mutating func cancel(_ number: Int32) {
        let index = Int(number)
        guard index < entries.count, entries[index].deadline >= 0 else { return }
        let entry = entries[index]
        if entry.previous == Self.none {
            let bucket = bucketIndex(of: entry.deadline)
            heads[bucket] = entry.next
            if entry.next == Self.none { occupied[bucket >> 6] &= ~(1 << UInt64(bucket & 63)) }
        } else {
            entries[Int(entry.previous)].next = entry.next
        }
        if entry.next != Self.none { entries[Int(entry.next)].previous = entry.previous }
        entries[index] = Entry()
        count -= 1
    }

    /// Takes off, and appends to `due`, everything whose deadline is not after `now`.
    package mutating func advance(to now: Milliseconds, due: inout [Int32]) {
        let target = now / resolution
        guard target > doneThrough else { return }
        // After a long sleep each bucket is visited once, not once for every turn that was missed.
        let visits = min(target - doneThrough, Self.bucketCount)
        for step in 1...visits where count > 0 {
            var number = heads[(target - visits + step) % Self.bucketCount]
            while number != Self.none {
                let entry = entries[Int(number)]
                if bucketNumber(of: entry.deadline) <= target {
                    cancel(number)
                    due.append(number)
                }
                number = entry.next
            }
        }
        doneThrough = target
    }

    /// When `advance` is next worth calling, or `nil` while the wheel is empty.
    package var nextVisit: Milliseconds? {
        guard count > 0 else { return nil }
        let first = (doneThrough + 1) % Self.bucketCount
        var word = first >> 6
        var bits = occupied[word] & (UInt64.max << UInt64(first & 63))
        // The word that it begins in comes again at the end, for the buckets before the first.
        for _ in 0...occupied.count {
            if bits != 0 {
                let bucket = word << 6 + bits.trailingZeroBitCount
                let ahead = (bucket - first + Self.bucketCount) % Self.bucketCount
                return (doneThrough + 1 + ahead) * resolution
            }
            word = (word + 1) % occupied.count
            bits = occupied[word]
        }
        return nil
    }

    /// Rounded up, so that nothing comes due before its time.
    private func bucketNumber(of deadline: Milliseconds) -> Int {
        (deadline + resolution - 1) / resolution
    }

    private func bucketIndex(of deadline: Milliseconds) -> Int {
        bucketNumber(of: deadline) % Self.bucketCount
    }
}
