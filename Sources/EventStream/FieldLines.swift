// Owns how a value becomes lines. A value can never end its own line: each line of it gets the name again.

import ByteSearch

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
