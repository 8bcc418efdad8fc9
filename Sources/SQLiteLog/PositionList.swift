// Owns the form in which positions are kept in a row. Bytes that are not of that form, as in a damaged file, must never
// trap.

import Hub

/// Rising positions as bytes: each as its distance from the one before, seven bits a byte, the low ones first.
enum PositionList {
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

    /// All positions, from the first one and the bytes of the others; those that make no sense are left out.
    static func positions(from first: Position, _ bytes: [UInt8]) -> [Position] {
        var positions = [first]
        positions.reserveCapacity(bytes.count + 1)
        var last = first
        var distance = 0
        var shift = 0
        for byte in bytes {
            distance |= Int(byte & 0x7F) << shift
            shift += 7
            if byte & 0x80 != 0 { continue }
            let (next, overflow) = last.addingReportingOverflow(distance)
            if overflow || distance <= 0 { return positions }
            last = next
            positions.append(last)
            distance = 0
            shift = 0
        }
        return positions
    }
}
