// Owns the comparison of bytes with bytes, eight at a time.

extension Span<UInt8> {
    /// Whether all bytes of `other` stand here from `offset` on.
    @inlinable
    public func holds(_ other: Span<UInt8>, at offset: Int) -> Bool {
        guard offset >= 0, count - offset >= other.count else { return false }
        var index = 0
        // SAFETY: each load lies within both spans, by the lengths compared above; every byte of a span is initialized.
        while index &+ 8 <= other.count {
            let one = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ index, as: UInt64.self)
            let two = unsafe other.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            if one != two { return false }
            index &+= 8
        }
        while index < other.count {
            if unsafe self[unchecked: offset &+ index] != other[unchecked: index] { return false }
            index &+= 1
        }
        return true
    }
}
