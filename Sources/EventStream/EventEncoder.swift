// Turns events into the bytes of an event stream. Whatever it is given, no value can end its own line: nothing that
// a publisher writes becomes a field.

/// Writes blocks and comments of the `text/event-stream` format.
///
/// Fields come in the order comment, `retry`, `id`, `event`, `data`, lines end in LF, and a value is parted from its
/// colon by one space (by none if it is empty).
public enum EventEncoder {
    /// Appends one event as a block with its closing empty line.
    ///
    /// - Throws: `EventStreamError` if a part cannot be written (see `validate(_:)`); then nothing was appended.
    public static func append(_ event: Event, to bytes: inout [UInt8]) throws(EventStreamError) {
        let milliseconds = try validatedMilliseconds(of: event)
        if let comment = event.comment {
            appendComment(comment, to: &bytes)
        }
        appendBlock(id: event.id, type: event.type, data: event.data, retryMilliseconds: milliseconds, to: &bytes)
    }

    /// Appends one block with its closing empty line: the hot path, one pass over each value and no allocation but
    /// the growth of `bytes`.
    ///
    /// The caller has validated `id` and `type` (`isValidField(_:)`). A value that was not, or a negative retry, is
    /// left out: the rest of the block is still sent and still sound. An empty `type` is left out as well, since it
    /// means the same as none.
    public static func appendBlock(
        id: String?,
        type: String?,
        data: String?,
        retryMilliseconds: Int?,
        to bytes: inout [UInt8]
    ) {
        if let retryMilliseconds, retryMilliseconds >= 0 {
            appendLine("retry:", String(retryMilliseconds).utf8.span, to: &bytes)
        }
        if let id, isValidField(id) {
            appendLine("id:", id.utf8.span, to: &bytes)
        }
        if let type, !type.isEmpty, isValidField(type) {
            appendLine("event:", type.utf8.span, to: &bytes)
        }
        if let data {
            appendLines("data:", data.utf8.span, to: &bytes)
        }
        bytes.append(.lineFeed)
    }

    /// Appends a comment, one line for each line of the text; the empty text gives a bare `:`.
    ///
    /// No empty line follows: between blocks a comment stands for itself, and inside a block it belongs to that.
    public static func appendComment(_ text: String, to bytes: inout [UInt8]) {
        appendLines(":", text.utf8.span, to: &bytes)
    }

    /// Appends a field line for each line of the value; CR, LF and CRLF all end one.
    private static func appendLines(_ name: String, _ value: Span<UInt8>, to bytes: inout [UInt8]) {
        var start = 0
        var index = 0
        while index < value.count {
            let byte = value[index]
            guard byte == .lineFeed || byte == .carriageReturn else {
                index += 1
                continue
            }
            appendLine(name, value.extracting(start..<index), to: &bytes)
            index += 1
            if byte == .carriageReturn, index < value.count, value[index] == .lineFeed {
                index += 1
            }
            start = index
        }
        appendLine(name, value.extracting(start..<value.count), to: &bytes)
    }

    private static func appendLine(_ name: String, _ value: Span<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: name.utf8)
        if !value.isEmpty {
            bytes.append(.space)
            bytes.append(copying: value)
        }
        bytes.append(.lineFeed)
    }
}
