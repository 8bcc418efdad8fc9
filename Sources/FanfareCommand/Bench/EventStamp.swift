// Owns the first bytes of the data of each event that a run publishes: by them a run knows its own events, and when each
// was sent. Whatever stands there instead, nothing is read beyond the bytes given.

/// What the data of an event of a run begins with: `RUN.TOPIC.CLOCK.` in digits of base 16, padded behind.
struct EventStamp: Sendable, Equatable {
    /// How many bytes it takes.
    static var byteCount: Int { 8 + 1 + 8 + 1 + 16 + 1 }

    /// The run, of all that ever use the same topics.
    var run: UInt32
    /// The number of the topic.
    var topic: UInt32
    /// When it was sent: nanoseconds on the clock that never steps back.
    var clock: UInt64

    /// Appends the stamp.
    func append(to bytes: inout [UInt8]) {
        Self.append(UInt64(run), digits: 8, to: &bytes)
        Self.append(UInt64(topic), digits: 8, to: &bytes)
        Self.append(clock, digits: 16, to: &bytes)
    }

    /// The stamp of a run that begins at an offset; nil if there is none.
    init?(of run: UInt32, in bytes: Span<UInt8>, at offset: Int) {
        guard offset >= 0, bytes.count - offset >= Self.byteCount, Self.read8(bytes, offset) == run else { return nil }
        self.run = run
        topic = Self.read8(bytes, offset &+ 9)
        clock = UInt64(Self.read8(bytes, offset &+ 18)) << 32 | UInt64(Self.read8(bytes, offset &+ 26))
    }

    init(run: UInt32, topic: UInt32, clock: UInt64) {
        (self.run, self.topic, self.clock) = (run, topic, clock)
    }

    private static func append(_ value: UInt64, digits: Int, to bytes: inout [UInt8]) {
        for place in (0..<digits).reversed() {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(4 * place)) & 15
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        bytes.append(UInt8(ascii: "."))
    }

    /// Eight digits at once, without a look at whether they are digits: the run's number tells.
    @inline(__always)  // four times an event, and no more work than the call
    private static func read8(_ bytes: Span<UInt8>, _ offset: Int) -> UInt32 {
        let text = UInt64(bigEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        // A letter is 9 beyond what its low four bits say.
        var value = (text & 0x0F0F_0F0F_0F0F_0F0F) &+ ((text >> 6) & 0x0101_0101_0101_0101) &* 9
        value = (value | value >> 4) & 0x00FF_00FF_00FF_00FF
        value = (value | value >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: value | value >> 16)
    }
}
