// What an event may hold. The format has no escapes, so a value that would end its own line is refused, never bent.

import ByteSearch

extension EventEncoder {
    /// Whether a value can stand in an `id` or `event` field: it holds no CR, LF or NUL.
    public static func isValidField(_ value: String) -> Bool { isValidField(value.utf8.span) }

    /// Whether bytes can stand in an `id` or `event` field.
    package static func isValidField(_ bytes: Span<UInt8>) -> Bool {
        let ends = StopBytes(below: 1, .lineFeed, .carriageReturn)
        return bytes.firstIndex(of: ends, in: 0..<bytes.count) == bytes.count
    }

    /// Checks that an event can be written and come back as it is.
    ///
    /// - Throws: `EventStreamError` if the id or the type holds CR, LF or NUL, or the retry is negative or over
    ///   `Int.max` milliseconds.
    public static func validate(_ event: Event) throws(EventStreamError) {
        _ = try validatedMilliseconds(of: event)
    }

    static func validatedMilliseconds(of event: Event) throws(EventStreamError) -> Int? {
        if let id = event.id, !isValidField(id) {
            throw EventStreamError(.invalidID, "an event's id must not hold CR, LF or NUL")
        }
        if let type = event.type, !isValidField(type) {
            throw EventStreamError(.invalidType, "an event's type must not hold CR, LF or NUL")
        }
        guard let retry = event.retry else { return nil }
        let attosecondsPerMillisecond: Int128 = 1_000_000_000_000_000
        guard retry >= .zero, let milliseconds = Int(exactly: retry.attoseconds / attosecondsPerMillisecond) else {
            throw EventStreamError(.invalidRetry, "an event's retry must be from 0 to \(Int.max) milliseconds")
        }
        return milliseconds
    }
}
