// Owns how far a head was read. Each octet is looked at once for a line's end, however small the reads are: a client that
// sends octets one by one costs no more than one that sends them together.

import ByteSearch

/// A place in the bytes of a head, moved line by line.
struct LineCursor: Sendable {
    /// Where the line begins that is not complete yet.
    private(set) var lineStart: Int
    private var scanned: Int

    init(at offset: Int = 0) {
        lineStart = offset
        scanned = offset
    }

    private static var lineEnd: StopBytes { StopBytes(ASCII.lineFeed, ASCII.lineFeed) }

    /// The next complete line with its LF, or nil until more bytes are there.
    @inline(__always)
    mutating func nextLine(in bytes: [UInt8]) -> Range<Int>? {
        let index = bytes.span.firstIndex(of: Self.lineEnd, in: scanned..<bytes.count)
        guard index < bytes.count else {
            scanned = index
            return nil
        }
        let line = lineStart..<(index &+ 1)
        lineStart = index &+ 1
        scanned = index &+ 1
        return line
    }
}

extension [UInt8] {
    /// The most that is copied ahead of the end of a head, so that a long body behind it is not copied along.
    private static var lookahead: Int { 1024 }

    /// Copies the next octets of an input, at most as many as keep the array within a limit.
    mutating func take(_ input: Span<UInt8>, from offset: inout Int, limit: Int) {
        let count = Swift.min(input.count - offset, limit - self.count, Self.lookahead)
        let piece = input.extracting(offset..<(offset + count))
        // SAFETY: the pointer lives as long as `piece`, and `append` keeps nothing of it.
        unsafe piece.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
        offset += count
    }
}
