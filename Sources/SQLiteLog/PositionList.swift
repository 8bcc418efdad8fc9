// Owns the form in which positions are kept in a row. Bytes that are not of that form, as in a damaged file, must never
// trap.

import Hub

/// Rising positions as bytes: each as its distance from the one before, seven bits a byte, the low ones first. A walk over
/// them decodes as far as it goes.
struct PositionList {
    private let bytes: [UInt8]
    private var index = 0
    /// The position at hand; `nil` after the last one.
    private(set) var position: Position?

    /// Begins with the first position; the bytes are those of the others.
    init(from first: Position, _ bytes: [UInt8]) {
        self.bytes = bytes
        position = first
    }

    /// Goes one on. What makes no sense is the end.
    mutating func advance() {
        guard let last = position else { return }
        position = nil
        var distance = 0
        var shift = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            distance |= Int(byte & 0x7F) << shift
            shift += 7
            if byte & 0x80 != 0 { continue }
            let (next, overflow) = last.addingReportingOverflow(distance)
            if !overflow, distance > 0 { position = next } else { index = bytes.count }
            return
        }
    }

    /// Goes to the first position after `start`, if it is not there already.
    mutating func skip(through start: Position) {
        skipNear(through: min(start, Int.max - 0x80))
        while let here = position, here <= start { advance() }
    }

    /// Goes on as long as a distance is one byte, as most are, and `start` is not passed: a page begins anywhere in a run.
    private mutating func skipNear(through start: Position) {
        guard var here = position else { return }
        bytes.withUnsafeBufferPointer { bytes in
            while here <= start, index < bytes.count, (1..<0x80).contains(bytes[index]) {
                here += Int(bytes[index])
                index += 1
            }
        }
        position = here
    }

    /// All positions from the one at hand on.
    var rest: [Position] {
        var list = self
        var positions: [Position] = []
        positions.reserveCapacity(bytes.count - index + 1)
        while let here = list.position {
            positions.append(here)
            list.advance()
        }
        return positions
    }

    /// The bytes of all but the first.
    static func bytes(of positions: ArraySlice<Position>) -> [UInt8] {
        var bytes: [UInt8] = []
        guard var before = positions.first else { return bytes }
        bytes.reserveCapacity(positions.count)
        for position in positions.dropFirst() {
            var distance = UInt(position - before)
            while distance >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: distance) | 0x80)
                distance >>= 7
            }
            bytes.append(UInt8(distance))
            before = position
        }
        return bytes
    }
}
