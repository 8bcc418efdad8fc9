// Owns the search for the few bytes that end a run of plain ones. Must never look at a byte outside of its range.

/// The bytes at which a run of plain bytes ends: all below a bound, and up to two others.
///
/// Texts are mostly plain, and looking at eight bytes at a time makes passing over them nearly free. All here is public
/// because only that can be inlined into other rooms; no product has it.
public struct StopBytes: Sendable {
    @usableFromInline let below: UInt8
    @usableFromInline let one: UInt8
    @usableFromInline let other: UInt8

    /// Names the bytes.
    ///
    /// - Parameters:
    ///   - below: bytes less than this stop, at most 0x80; 0 is none.
    ///   - one: a byte that stops.
    ///   - other: another one; the same again if there is none.
    @inlinable
    @inline(__always)
    public init(below: UInt8 = 0, _ one: UInt8, _ other: UInt8) {
        assert(below <= 0x80)
        self.below = below
        self.one = one
        self.other = other
    }

    /// Whether a byte stops.
    @inlinable
    @inline(__always)
    public func contains(_ byte: UInt8) -> Bool { byte < below || byte == one || byte == other }

    /// A mask whose lowest bit set lies in the first byte of `word`, counted from its low end, that stops; 0 if none
    /// does. Bits above it may be wrong: a subtraction's borrow runs upwards.
    @inlinable
    @inline(__always)
    func mask(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let less = (word &- ones &* UInt64(below)) & ~word
        let first = word ^ (ones &* UInt64(one))
        let second = word ^ (ones &* UInt64(other))
        let equal = ((first &- ones) & ~first) | ((second &- ones) & ~second)
        return (less | equal) & 0x8080_8080_8080_8080
    }
}

extension Span<UInt8> {
    /// The index of the first byte in a range that stops; the range's end if none does.
    @inlinable
    @inline(__always)
    public func firstIndex(of stop: StopBytes, in range: Range<Int>) -> Int {
        var bits: UInt64 = 0
        return firstIndex(of: stop, in: range, passed: &bits)
    }

    /// The same, and gathers the bits of all bytes that it passed over (of a few after them too).
    ///
    /// - Parameter bits: gets the bits of each byte in one of its eight bytes: with none of 0x80 set, all are ASCII.
    @inlinable
    @inline(__always)
    public func firstIndex(of stop: StopBytes, in range: Range<Int>, passed bits: inout UInt64) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        var index = range.lowerBound
        // SAFETY: every byte of a span of bytes is initialized.
        let bytes = unsafe self.bytes
        while index &+ 8 <= range.upperBound {
            // SAFETY: eight bytes from `index` on lie within the range, and that within the span; all are initialized.
            let word = unsafe UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(
                    fromUncheckedByteOffset: index, as: UInt64.self))
            bits |= word
            let mask = stop.mask(word)
            if mask != 0 { return index &+ mask.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < range.upperBound {
            // SAFETY: the range lies within the span.
            let byte = unsafe self[unchecked: index]
            bits |= UInt64(byte)
            if stop.contains(byte) { return index }
            index &+= 1
        }
        return index
    }
}
