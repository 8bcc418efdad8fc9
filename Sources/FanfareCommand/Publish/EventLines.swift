/// Takes bytes apart into lines, at LF or CRLF; what stands behind the last line end is a line too, if anything does.
struct EventLines: Sendable {
    /// The longest line taken, in bytes: what a hub takes as one body at its default.
    static var limit: Int { 8 << 20 }

    private var rest: [UInt8] = []
    private(set) var count = 0

    /// Takes the next bytes, and hands out each line that they complete.
    ///
    /// - Throws: ``CommandError`` for a line over ``limit``: memory stays bounded whatever comes.
    mutating func take(_ bytes: ArraySlice<UInt8>, _ line: (String) -> Void) throws(CommandError) {
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            rest += bytes[start..<end]
            try check()
            emit(line)
            start = end + 1
        }
        rest += bytes[start...]
        try check()
    }

    /// Takes the end of the input.
    mutating func finish(_ line: (String) -> Void) {
        if !rest.isEmpty { emit(line) }
    }

    private func check() throws(CommandError) {
        guard rest.count <= Self.limit else {
            throw CommandError(
                .failed,
                "line \(count + 1) of standard input is over \(ByteCount.text(Self.limit)); publish it in parts")
        }
    }

    private mutating func emit(_ line: (String) -> Void) {
        if rest.last == 0x0D { rest.removeLast() }
        count += 1
        line(String(decoding: rest, as: UTF8.self))
        rest.removeAll(keepingCapacity: true)
    }
}
