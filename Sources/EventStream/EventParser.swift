// Owns the state between two reads of a stream: an unfinished line, an unfinished block, and what outlives them.
// It must never depend on where the reads were cut, never hold more than its limit, and never trap on input.

/// An incremental parser of the `text/event-stream` format over bytes.
///
/// WHATWG HTML, section 9.2.6. One parser serves one event source for life: call `finish()` when a connection ends,
/// and the id and the reconnection time stay for the next. However the bytes are cut, outputs and state are the same;
/// two parsers are equal if they answer alike to all that may follow.
///
/// Memory: the bytes held for one block (its data, type and id so far, and its unfinished line) stay within `limit`.
/// A block that needs more ends the parsing of this connection: `consume` throws, and throws again until `finish()`.
public struct EventParser: Sendable, Equatable {
    /// What a piece of a stream brought about.
    public enum Output: Sendable, Hashable {
        /// An event was fired.
        case event(ReceivedEvent)
        /// The stream set the reconnection time; it holds at once.
        case retry(Duration)
        /// A comment line, without its colon and one space after that; browsers drop these.
        case comment(String)
    }

    /// The id to send as `Last-Event-ID`; a block sets it once its empty line has come, even without data.
    public private(set) var lastEventID: String

    /// The reconnection time that the source was told last, if any.
    public private(set) var retry: Duration?

    /// The most bytes that may be held for one block.
    public let limit: Int

    /// A line whose end has not come, with the stream's byte order mark if it is the first.
    private var line: [UInt8] = []
    /// The values of the block's `data` lines, an LF after each; empty as long as there was none.
    private var data: [UInt8] = []
    private var type = ""
    /// The block's id, which counts from its empty line on.
    private var pendingID: String?
    private var isFirstLine = true
    /// The last byte read was a CR: an LF that comes next belongs to the line end already taken.
    private var skipsLineFeed = false
    private var failure: EventStreamError?

    /// Makes a parser for an event source.
    ///
    /// - Parameters:
    ///   - lastEventID: the id that the source has from before, if any.
    ///   - limit: the most bytes that may be held for one block.
    public init(lastEventID: String = "", limit: Int = 16 << 20) {
        self.lastEventID = lastEventID
        self.limit = limit
    }

    /// Reads the next bytes of the stream, and hands each output to `body` as soon as it is due.
    ///
    /// - Throws: `EventStreamError` with `blockTooLarge`; all outputs ahead of that block were handed out.
    public mutating func consume(
        _ bytes: Span<UInt8>,
        _ body: (Output) -> Void
    ) throws(EventStreamError) {
        if let failure { throw failure }
        guard !bytes.isEmpty else { return }
        var start = skipsLineFeed && bytes[0] == .lineFeed ? 1 : 0
        skipsLineFeed = false
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == .lineFeed || byte == .carriageReturn else {
                index += 1
                continue
            }
            try endLine(bytes.extracting(start..<index), body)
            index += 1
            if byte == .carriageReturn {
                if index == bytes.count {
                    skipsLineFeed = true
                } else if bytes[index] == .lineFeed {
                    index += 1
                }
            }
            start = index
        }
        try hold(bytes.extracting(start..<bytes.count))
    }

    /// Reads the next bytes of the stream, from any sequence.
    ///
    /// - Throws: `EventStreamError` with `blockTooLarge`; all outputs ahead of that block were handed out.
    public mutating func consume(
        _ bytes: some Sequence<UInt8>,
        _ body: (Output) -> Void
    ) throws(EventStreamError) {
        try consume(Array(bytes).span, body)
    }

    /// Ends the connection: an unfinished block is dropped, its id too, and the parser is ready for a new stream.
    ///
    /// The last id and the reconnection time stay.
    public mutating func finish() {
        line = []
        data = []
        type = ""
        pendingID = nil
        isFirstLine = true
        skipsLineFeed = false
        failure = nil
    }
}

// MARK: - Lines

extension EventParser {
    /// Keeps bytes of a line whose end has not come.
    private mutating func hold(_ bytes: Span<UInt8>) throws(EventStreamError) {
        try reserve(bytes.count)
        line.append(copying: bytes)
    }

    /// Takes the last bytes of a line, and acts on the line.
    private mutating func endLine(_ rest: Span<UInt8>, _ body: (Output) -> Void) throws(EventStreamError) {
        if line.isEmpty {
            try reserve(rest.count)
            interpret(rest, body)
        } else {
            try hold(rest)
            // Moved out for the call, since interpreting changes the parser; moved back to keep its capacity.
            var whole: [UInt8] = []
            swap(&whole, &line)
            interpret(whole.span, body)
            whole.removeAll(keepingCapacity: whole.count <= Self.keptCapacity)
            swap(&whole, &line)
        }
    }

    /// Refuses bytes that the block has no room for.
    private mutating func reserve(_ count: Int) throws(EventStreamError) {
        let held = line.count + data.count + type.utf8.count + (pendingID?.utf8.count ?? 0)
        guard held + count > limit else { return }
        finish()
        let error = EventStreamError(.blockTooLarge, "a block of the event stream is over \(limit) bytes")
        failure = error
        throw error
    }

    /// Buffers above this size are given back after use, so that one large event is not paid for ever.
    private static var keptCapacity: Int { 64 << 10 }

    /// Acts on one whole line, its end cut off.
    private mutating func interpret(_ whole: Span<UInt8>, _ body: (Output) -> Void) {
        var line = whole
        if isFirstLine {
            isFirstLine = false
            if line.count >= 3, line[0] == 0xEF, line[1] == 0xBB, line[2] == 0xBF {
                line = line.extracting(3..<line.count)
            }
        }
        guard !line.isEmpty else { return dispatch(body) }

        // Bytes, not characters: a colon and a combining mark after it are one `Character`.
        var colon = 0
        while colon < line.count, line[colon] != .colon { colon += 1 }
        var valueStart = min(colon + 1, line.count)
        if valueStart < line.count, line[valueStart] == .space { valueStart += 1 }
        let name = line.extracting(0..<colon)
        let value = line.extracting(valueStart..<line.count)

        if name.isEmpty {
            body(.comment(String(repairing: value)))
        } else if name.spells("data") {
            data.append(copying: value)
            data.append(.lineFeed)
        } else if name.spells("event") {
            type = String(repairing: value)
        } else if name.spells("id") {
            if !value.contains(.nul) { pendingID = String(repairing: value) }
        } else if name.spells("retry"), let duration = Self.duration(milliseconds: value) {
            retry = duration
            body(.retry(duration))
        }
    }

    /// Ends a block: its id counts, and it fires if it had data.
    private mutating func dispatch(_ body: (Output) -> Void) {
        if let id = pendingID {
            lastEventID = id
            pendingID = nil
        }
        if !data.isEmpty {
            let text = String(repairing: data.span.extracting(0..<data.count - 1))
            body(
                .event(ReceivedEvent(type: type.isEmpty ? "message" : type, data: text, lastEventID: lastEventID)))
            data.removeAll(keepingCapacity: data.count <= Self.keptCapacity)
        }
        type = ""
    }

    /// Reads a number of ASCII digits only; `nil` for anything else, and for a number that overflows.
    private static func duration(milliseconds digits: Span<UInt8>) -> Duration? {
        guard !digits.isEmpty else { return nil }
        var number: Int64 = 0
        for index in digits.indices {
            let digit = digits[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        return .milliseconds(number)
    }
}
