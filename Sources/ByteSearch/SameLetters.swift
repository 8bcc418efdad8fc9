// Owns the comparison of names whose letters count the same in both cases. Must never take two octets for the same that
// differ in more than the case of a letter of ASCII.

extension Span<UInt8> {
    /// Whether the bytes are the same but for the case of letters from A to Z.
    @inlinable
    public func hasSameLetters(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        guard count >= 8 else {
            for index in indices where Self.lowered(UInt64(self[index])) != Self.lowered(UInt64(other[index])) {
                return false
            }
            return true
        }
        var index = 0
        while true {
            // SAFETY: eight bytes from `index` on lie within both spans, and every byte of a span of bytes is initialized.
            let one = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            // SAFETY: as above.
            let two = unsafe other.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            if one != two && Self.lowered(one) != Self.lowered(two) { return false }
            if index &+ 8 == count { return true }
            // The last eight may overlap those before them.
            index = Swift.min(index &+ 8, count &- 8)
        }
    }

    /// Eight bytes with the letters from A to Z made small.
    @inlinable
    @inline(__always)
    static func lowered(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = word & (ones &* 0x7F)
        let fromA = low &+ ones &* (0x80 - 0x41)
        let aboveZ = low &+ ones &* (0x80 - 0x5B)
        let letters = (fromA & ~aboveZ) & ~word & (ones &* 0x80)
        return word | letters &>> 2
    }
}
