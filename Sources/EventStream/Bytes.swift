// The few bytes that have a meaning in the format, and bulk copies between spans, arrays and strings.

import ByteSearch

extension UInt8 {
    static var nul: UInt8 { 0x00 }
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }
    static var colon: UInt8 { 0x3A }
}

extension [UInt8] {
    /// Appends all bytes of a span in one copy.
    mutating func append(copying span: Span<UInt8>) {
        // SAFETY: the buffer is read inside the closure only, while the span keeps its memory alive.
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

extension OutputSpan<UInt8> {
    /// Appends all bytes of a span in one copy; there must be room for them.
    mutating func append(copying span: Span<UInt8>) {
        precondition(freeCapacity >= span.count, "there is no room for so many bytes")
        if span.isEmpty { return }
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            // SAFETY: the room was checked, the span keeps its memory alive, and nothing else knows the free part.
            unsafe span.withUnsafeBufferPointer { bytes in
                unsafe (buffer.baseAddress! + count).initialize(from: bytes.baseAddress!, count: bytes.count)
            }
            count += span.count
        }
    }
}

extension Span<UInt8> {
    /// Whether these bytes are just the UTF-8 of a name.
    func spells(_ name: String) -> Bool {
        let name = name.utf8.span
        return count == name.count && holds(name, at: 0)
    }

    /// Whether a byte is among these.
    func contains(_ byte: UInt8) -> Bool { firstIndex(of: StopBytes(byte, byte), in: 0..<count) < count }
}

extension String {
    /// Decodes UTF-8 as browsers do: each maximal part of an ill-formed sequence becomes one U+FFFD.
    init(repairing bytes: Span<UInt8>) {
        if let valid = try? UTF8Span(validating: bytes) {
            self.init(copying: valid)
        } else {
            var copy: [UInt8] = []
            copy.append(copying: bytes)
            self.init(decoding: copy, as: UTF8.self)
        }
    }
}
