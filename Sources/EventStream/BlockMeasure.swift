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
        add(retryMilliseconds: retryMilliseconds)
        if let id { add(id: id.utf8.span) }
        if let type { add(type: type.utf8.span) }
        if let data { add(data: data.utf8.span) }
    }

    /// Looks over the parts of a block, of which `data` and `retry` may be absent.
    init(id: Span<UInt8>, type: Span<UInt8>, data: Span<UInt8>?, retryMilliseconds: Int?) {
        add(retryMilliseconds: retryMilliseconds)
        add(id: id)
        add(type: type)
        if let data { add(data: data) }
    }

    private mutating func add(retryMilliseconds: Int?) {
        guard let retryMilliseconds, retryMilliseconds >= 0 else { return }
        size += FieldLines.size(of: String(retryMilliseconds).utf8.count, after: FieldLines.retry)
    }

    private mutating func add(id: Span<UInt8>) {
        guard EventEncoder.isValidField(id) else { return }
        hasID = true
        size += FieldLines.size(of: id.count, after: FieldLines.id)
    }

    private mutating func add(type: Span<UInt8>) {
        guard !type.isEmpty, EventEncoder.isValidField(type) else { return }
        hasType = true
        size += FieldLines.size(of: type.count, after: FieldLines.type)
    }

    private mutating func add(data: Span<UInt8>) {
        size += FieldLines.size(of: data, after: FieldLines.data, isSingle: &isSingleLine)
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

    /// Appends one block with its closing empty line, of parts that are in memory elsewhere than in strings. An empty
    /// type means none; the rest is as for strings.
    package static func appendBlock(
        id: Span<UInt8>, type: Span<UInt8>, data: Span<UInt8>?, retryMilliseconds: Int?, to bytes: inout [UInt8]
    ) {
        let measure = BlockMeasure(id: id, type: type, data: data, retryMilliseconds: retryMilliseconds)
        bytes.append(addingCapacity: measure.size) { output in
            if let retryMilliseconds, retryMilliseconds >= 0 {
                FieldLines.write(FieldLines.retry, String(retryMilliseconds).utf8.span, to: &output)
            }
            if measure.hasID { FieldLines.write(FieldLines.id, id, to: &output) }
            if measure.hasType { FieldLines.write(FieldLines.type, type, to: &output) }
            if let data { FieldLines.write(FieldLines.data, data, isSingle: measure.isSingleLine, to: &output) }
            output.append(.lineFeed)
        }
    }
}
