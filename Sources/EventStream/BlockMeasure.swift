// Owns the bytes of one block: first how many they are, then the bytes, so that they can go where they are to stay in one
// copy. The hot path: no allocation, and each value is looked over eight bytes at a time.

import ByteSearch

/// What is known of a block before it is written, by the same rules as `EventEncoder.appendBlock`. Plain numbers, so that
/// the measures of many blocks cost nothing to keep.
package struct BlockMeasure: Sendable {
    /// How many bytes the block has.
    package private(set) var size = 1
    fileprivate private(set) var hasID = false
    fileprivate private(set) var hasType = false
    /// Whether the data has no line end, as most has not.
    fileprivate private(set) var isSingleLine = true

    /// Looks over the parts of a block.
    package init(id: String?, type: String?, data: String?, retryMilliseconds: Int?) {
        if let retryMilliseconds, retryMilliseconds >= 0 {
            size += FieldLines.size(of: String(retryMilliseconds).utf8.count, after: FieldLines.retry)
        }
        if let id, EventEncoder.isValidField(id) {
            hasID = true
            size += FieldLines.size(of: id.utf8.count, after: FieldLines.id)
        }
        if let type, !type.isEmpty, EventEncoder.isValidField(type) {
            hasType = true
            size += FieldLines.size(of: type.utf8.count, after: FieldLines.type)
        }
        if let data { size += FieldLines.size(of: data.utf8.span, after: FieldLines.data, isSingle: &isSingleLine) }
    }
}

extension EventEncoder {
    /// Writes the block that was measured, with its closing empty line.
    ///
    /// - Parameters:
    ///   - measure: made of the very same parts.
    ///   - output: has room for as many bytes as that says.
    package static func writeBlock(
        id: String?, type: String?, data: String?, retryMilliseconds: Int?, _ measure: BlockMeasure,
        to output: inout OutputSpan<UInt8>
    ) {
        if let retryMilliseconds, retryMilliseconds >= 0 {
            FieldLines.write(FieldLines.retry, String(retryMilliseconds).utf8.span, to: &output)
        }
        if measure.hasID, let id { FieldLines.write(FieldLines.id, id.utf8.span, to: &output) }
        if measure.hasType, let type { FieldLines.write(FieldLines.type, type.utf8.span, to: &output) }
        if let data {
            FieldLines.write(FieldLines.data, data.utf8.span, isSingle: measure.isSingleLine, to: &output)
        }
        output.append(.lineFeed)
    }
}

/// Values as field lines, one for each of their own: CR, LF and CRLF all end one.
enum FieldLines {
    static var retry: StaticString { "retry:" }
    static var id: StaticString { "id:" }
    static var type: StaticString { "event:" }
    static var data: StaticString { "data:" }
    static var comment: StaticString { ":" }

    /// The bytes of a line with a value of so many.
    static func size(of count: Int, after name: StaticString) -> Int {
        name.utf8CodeUnitCount + (count == 0 ? 1 : count + 2)
    }

    /// The bytes of all lines of a value; also tells whether it is only one.
    static func size(of value: Span<UInt8>, after name: StaticString, isSingle: inout Bool) -> Int {
        var place = 0
        var size = Self.size(of: nextLine(of: value, from: &place).count, after: name)
        isSingle = place > value.count
        while place <= value.count { size += Self.size(of: nextLine(of: value, from: &place).count, after: name) }
        return size
    }

    /// Writes all lines of a value.
    static func write(
        _ name: StaticString, _ value: Span<UInt8>, isSingle: Bool, to output: inout OutputSpan<UInt8>
    ) {
        if isSingle {
            write(name, value, to: &output)
            return
        }
        var place = 0
        while place <= value.count {
            write(name, value.extracting(nextLine(of: value, from: &place)), to: &output)
        }
    }

    /// Writes one line.
    static func write(_ name: StaticString, _ value: Span<UInt8>, to output: inout OutputSpan<UInt8>) {
        // SAFETY: a static string's bytes are there for ever, and as many as it says.
        let name = unsafe Span(_unsafeStart: name.utf8Start, count: name.utf8CodeUnitCount)
        output.append(copying: name)
        if !value.isEmpty {
            output.append(.space)
            output.append(copying: value)
        }
        output.append(.lineFeed)
    }

    /// The line that begins at a place, which moves to the next one, or beyond the end after the last.
    private static func nextLine(of bytes: Span<UInt8>, from place: inout Int) -> Range<Int> {
        let start = place
        let end = bytes.firstIndex(of: StopBytes(.lineFeed, .carriageReturn), in: start..<bytes.count)
        place = end + 1
        if end + 1 < bytes.count, bytes[end] == .carriageReturn, bytes[end + 1] == .lineFeed { place = end + 2 }
        return start..<end
    }
}
