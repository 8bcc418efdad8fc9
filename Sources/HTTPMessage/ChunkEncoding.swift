// Owns the chunked coding as it is sent (RFC 9112 section 7.1). Must never write an empty chunk before the end: it would
// be the end.

/// The frame around each piece of a body whose length is not known in advance.
package enum ChunkEncoding {
    /// The end of a body: the empty chunk, without trailers.
    package static let last = [UInt8]("0\r\n\r\n".utf8)

    /// The line end after each chunk's data.
    package static let dataEnd = [UInt8]("\r\n".utf8)

    /// How many octets the frame adds around data of this size.
    package static func overhead(of count: Int) -> Int { digits(of: count) + 4 }

    /// Appends the line before data of this size, which must be more than zero; the data and `dataEnd` follow.
    package static func appendSize(_ count: Int, to buffer: inout [UInt8]) {
        buffer.append(addingCapacity: digits(of: count) + dataEnd.count) { appendSize(count, to: &$0) }
    }

    /// Appends the line before data of this size, which must be more than zero, where there is room for it.
    package static func appendSize(_ count: Int, to output: inout OutputSpan<UInt8>) {
        precondition(count > 0, "an empty chunk would end the body")
        var shift = (digits(of: count) - 1) * 4
        while shift >= 0 {
            output.append(ASCII.hexDigit(UInt8(truncatingIfNeeded: count >> shift) & 15))
            shift -= 4
        }
        appendDataEnd(to: &output)
    }

    /// Appends a line end, where there is room for it.
    package static func appendDataEnd(to output: inout OutputSpan<UInt8>) {
        output.append(ASCII.carriageReturn)
        output.append(ASCII.lineFeed)
    }

    /// Appends data as one chunk; nothing if there is none.
    package static func append(_ data: [UInt8], to buffer: inout [UInt8]) {
        append(data[...], to: &buffer)
    }

    /// Appends data as one chunk; nothing if there is none.
    package static func append(_ data: ArraySlice<UInt8>, to buffer: inout [UInt8]) {
        guard !data.isEmpty else { return }
        appendSize(data.count, to: &buffer)
        buffer.append(contentsOf: data)
        buffer.append(contentsOf: dataEnd)
    }

    /// How many hexadecimal digits a size takes.
    private static func digits(of count: Int) -> Int {
        max(1, (Int.bitWidth - count.leadingZeroBitCount + 3) / 4)
    }
}
