// Owns the taking off of the chunked coding from a stream, at the least cost: `ResponseParser` looks at each octet of what
// may be an attack, this one trusts the hub that is measured. Bytes that are no chunks are told as broken.

/// Where the data lies in a chunked body (RFC 9112 section 7.1).
struct StreamChunks: Sendable {
    enum Step: Equatable {
        case needsMore
        case data(Range<Int>)
        case end
        case broken
    }

    private enum State {
        case size, sizeEnd, data, dataEnd
    }

    private var state = State.size
    /// How much of the chunk is to come.
    private var left = 0
    private var hasDigits = false

    /// Uses input from an offset on, up to the next piece of data or to its end.
    mutating func next(_ bytes: Span<UInt8>, from offset: inout Int) -> Step {
        while offset < bytes.count {
            switch state {
            case .data:
                let start = offset
                offset += min(left, bytes.count - offset)
                left -= offset - start
                if left == 0 { state = .dataEnd }
                return .data(start..<offset)
            case .dataEnd:
                let byte = bytes[offset]
                offset += 1
                if byte == 0x0A {
                    state = .size
                    hasDigits = false
                } else if byte != 0x0D {
                    return .broken
                }
            case .size:
                let byte = bytes[offset]
                offset += 1
                if let digit = Self.digit(byte) {
                    left = left << 4 | digit
                    hasDigits = true
                    // No chunk is a terabyte, and the number must fit.
                    if left > 1 << 40 { return .broken }
                } else if !hasDigits {
                    return .broken
                } else {
                    state = .sizeEnd
                    offset -= 1
                }
            case .sizeEnd:
                let byte = bytes[offset]
                offset += 1
                guard byte == 0x0A else { continue }
                if left == 0 { return .end }
                state = .data
            }
        }
        return .needsMore
    }

    private static func digit(_ byte: UInt8) -> Int? {
        let number = byte &- 0x30
        if number < 10 { return Int(number) }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? Int(letter) + 10 : nil
    }
}
