/// Says when which message is to be published. Pure: it is told the time, in nanoseconds.
struct PublishPace: Sendable {
    private let messages: Int
    private let rate: Int?
    private var begun: UInt64 = 0
    private var lastSent: UInt64 = 0
    /// Whether messages are due for which there was no publisher.
    private var isHeldBack = false
    /// How many messages were given out.
    private(set) var sent = 0

    /// - Parameter rate: messages a second; nil is one whenever a publisher is free.
    init(messages: Int, rate: Int?) {
        self.messages = messages
        self.rate = rate
    }

    mutating func begin(at now: UInt64) { (begun, lastSent) = (now, now) }

    /// Gives out the next message, with the time that latency counts from.
    ///
    /// One that had to wait for a publisher counts from when it was due: a hub that falls behind cannot hide it.
    mutating func next(at now: UInt64, isPublisherFree: Bool) -> (number: Int, clock: UInt64)? {
        guard sent < messages else { return nil }
        var clock = now
        if rate != nil {
            let due = due(sent)
            guard due <= now else {
                isHeldBack = false
                return nil
            }
            if isHeldBack { clock = due }
        }
        guard isPublisherFree else {
            isHeldBack = true
            return nil
        }
        sent += 1
        lastSent = now
        return (sent - 1, clock)
    }

    /// The millisecond of the clock in which the next message is due; nil if none will be by itself.
    var nextDue: Int? {
        // A message that waits for a publisher goes with the answer that frees one.
        guard rate != nil, sent < messages, !isHeldBack else { return nil }
        return Int((due(sent) + 999_999) / 1_000_000)
    }

    /// Which part of the rate was reached, once all is sent; nil if there is none.
    var reached: Double? {
        guard rate != nil, sent > 1 else { return nil }
        let wanted = due(sent - 1) - begun
        return lastSent > begun ? min(1, Double(wanted) / Double(lastSent - begun)) : 1
    }

    private func due(_ number: Int) -> UInt64 {
        let (seconds, rest) = number.quotientAndRemainder(dividingBy: rate ?? 1)
        return begun + UInt64(seconds) * 1_000_000_000 + UInt64(rest) * 1_000_000_000 / UInt64(rate ?? 1)
    }
}
