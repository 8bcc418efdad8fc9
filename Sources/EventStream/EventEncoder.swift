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

    /// Appends one block with its closing empty line.
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
        let measure = BlockMeasure(id: id, type: type, data: data, retryMilliseconds: retryMilliseconds)
        bytes.append(addingCapacity: measure.size) { output in
            writeBlock(id: id, type: type, data: data, retryMilliseconds: retryMilliseconds, measure, to: &output)
        }
    }

    /// Appends a comment, one line for each line of the text; the empty text gives a bare `:`.
    ///
    /// No empty line follows: between blocks a comment stands for itself, and inside a block it belongs to that.
    public static func appendComment(_ text: String, to bytes: inout [UInt8]) {
        var isSingle = true
        let size = FieldLines.size(of: text.utf8.span, after: FieldLines.comment, isSingle: &isSingle)
        bytes.append(addingCapacity: size) { output in
            FieldLines.write(FieldLines.comment, text.utf8.span, isSingle: isSingle, to: &output)
        }
    }
}
