// Owns the reading of one stream's events. It is a load generator's reader, which must cost less than the server's writer: an
// event of the shape that a hub gives it is known by a few comparisons, and only others are taken apart by lines. Any bytes
// may come.

/// Counts the events of a run on one stream, and checks that their positions in the log only rise.
struct EventCounter: Sendable {
    /// The most bytes of a block that are held; a longer one is no event of a run.
    static var longestBlock: Int { 1 << 20 }

    /// The run whose events count, and how many bytes of data each has.
    let run: UInt32
    let size: Int
    /// The topic of the stream.
    let topic: UInt32
    /// How many events of the run came, each counted once.
    private(set) var count = 0
    /// The position of the last one.
    private(set) var position = 0
    /// The block that is not complete yet.
    private var rest: [UInt8] = []

    init(run: UInt32, topic: UInt32, size: Int) {
        self.run = run
        self.topic = topic
        self.size = size
    }

    /// Reads a piece of the stream, cut anywhere.
    mutating func read(_ bytes: Span<UInt8>, at now: UInt64, into deliveries: inout Deliveries) {
        var start = 0
        if !rest.isEmpty {
            start = complete(bytes)
            guard Self.isBlock(rest) else { return }
            var block: [UInt8] = []
            swap(&block, &rest)
            if readEvent(block.span, 0, now, &deliveries) == nil {
                readLines(block.span, 0..<block.count, now, &deliveries)
            }
        }
        while start < bytes.count {
            if let end = readEvent(bytes, start, now, &deliveries) {
                start = end
                continue
            }
            guard let end = Self.blockEnd(bytes, from: start) else {
                for index in start..<bytes.count { rest.append(bytes[index]) }
                return
            }
            readLines(bytes, start..<end, now, &deliveries)
            start = end
        }
    }

    /// Completes the block that was begun, as far as the bytes go, and returns where they go on.
    private mutating func complete(_ bytes: Span<UInt8>) -> Int {
        var index = 0
        while index < bytes.count, !Self.isBlock(rest) {
            rest.append(bytes[index])
            index += 1
            // Too long to be of this run: its end is still looked for, its beginning is not needed for that.
            if rest.count > Self.longestBlock { rest.removeFirst(Self.longestBlock) }
        }
        return index
    }

    private static func isBlock(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 2 && bytes[bytes.count - 1] == .lineFeed && bytes[bytes.count - 2] == .lineFeed
    }

    /// The end of the block, its empty line included.
    private static func blockEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index &+ 1 < bytes.count {
            if bytes[index] == .lineFeed, bytes[index &+ 1] == .lineFeed { return index &+ 2 }
            index &+= 1
        }
        return nil
    }

    /// Reads a block that is `id: EPOCH-POSITION`, `data: STAMP…` of the run's size, and nothing more.
    ///
    /// - Returns: the end of the block; nil if it is another one, or is not there in full.
    private mutating func readEvent(
        _ bytes: Span<UInt8>, _ start: Int, _ now: UInt64, _ deliveries: inout Deliveries
    ) -> Int? {
        guard Self.hasWord(.id, bytes, start) else { return nil }
        var index = start &+ 4
        guard let position = Self.position(bytes, &index) else { return nil }
        let data = index &+ 7
        let end = data &+ size &+ 2
        guard end <= bytes.count, Self.hasWord(.data, bytes, index &+ 1), bytes[data &- 2] == .colon,
            bytes[data &- 1] == .space, bytes[end &- 1] == .lineFeed, bytes[end &- 2] == .lineFeed,
            let stamp = EventStamp(of: run, in: bytes, at: data)
        else { return nil }
        note(stamp, position, now, &deliveries)
        return end
    }

    /// Reads any block by its lines.
    private mutating func readLines(
        _ bytes: Span<UInt8>, _ block: Range<Int>, _ now: UInt64, _ deliveries: inout Deliveries
    ) {
        var position: Int?
        var stamp: EventStamp?
        var line = block.lowerBound
        while line < block.upperBound {
            var end = line
            while end < block.upperBound, bytes[end] != .lineFeed { end &+= 1 }
            if Self.hasWord(.id, bytes, line) {
                var index = line &+ 4
                position = Self.position(bytes, &index)
            } else if Self.hasWord(.data, bytes, line), end &- line &- 6 == size, bytes[line &+ 4] == .colon,
                bytes[line &+ 5] == .space
            {
                stamp = EventStamp(of: run, in: bytes, at: line &+ 6)
            }
            line = end &+ 1
        }
        if let stamp { note(stamp, position ?? 0, now, &deliveries) }
    }

    private mutating func note(_ stamp: EventStamp, _ position: Int, _ now: UInt64, _ deliveries: inout Deliveries) {
        if stamp.topic != topic {
            deliveries.countMisplaced()
        } else if position > self.position {
            self.position = position
            count &+= 1
            deliveries.count(sentAt: stamp.clock, receivedAt: now)
        } else {
            deliveries.countRepeated()
        }
    }

    /// The digits before the end of a line. The index is moved to the line's end; nil if the line has none, or no digits.
    private static func position(_ bytes: Span<UInt8>, _ index: inout Int) -> Int? {
        var value = 0
        var digits = 0
        while index < bytes.count {
            let digit = bytes[index] &- 0x30
            if digit < 10 {
                value = value &* 10 &+ Int(digit)
                digits &+= 1
            } else if bytes[index] == .lineFeed {
                return digits > 0 && digits < 19 ? value : nil
            } else {
                value = 0
                digits = 0
            }
            index &+= 1
        }
        return nil
    }

    /// Whether four bytes, read as one number, stand at an offset.
    private static func hasWord(_ word: UInt32, _ bytes: Span<UInt8>, _ offset: Int) -> Bool {
        offset &+ 4 <= bytes.count
            && UInt32(bigEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)) == word
    }
}

extension UInt32 {
    /// `id: `
    fileprivate static var id: Self { 0x6964_3A20 }
    /// `data`, to be followed by `: `
    fileprivate static var data: Self { 0x6461_7461 }
}

extension UInt8 {
    fileprivate static var lineFeed: Self { 0x0A }
    fileprivate static var colon: Self { 0x3A }
    fileprivate static var space: Self { 0x20 }
}
