/// What all streams of a run received, counted as it comes.
struct Deliveries: Sendable {
    /// Events of the run that came to a stream for the first time.
    private(set) var received = 0
    /// Events that came to a stream again, or after a later one.
    private(set) var repeated = 0
    /// Events that came to a stream of another topic.
    private(set) var misplaced = 0
    /// From publishing to here, of each that was received.
    private(set) var latencies = LatencyHistogram()

    /// Counts an event that came in order.
    mutating func count(sentAt sent: UInt64, receivedAt now: UInt64) {
        received &+= 1
        latencies.record(nanoseconds: now > sent ? now &- sent : 0)
    }

    /// Counts an event that had come before, or whose place was before that of the last one.
    mutating func countRepeated() { repeated += 1 }

    /// Counts an event of another topic.
    mutating func countMisplaced() { misplaced += 1 }
}
