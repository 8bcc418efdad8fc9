// Owns the bytes of one block: first how many they are, then the bytes, so that they can go where they are to stay in one
// copy. The hot path: no allocation, and each value is looked over eight bytes at a time.

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
