// Owns the form in which several ranges are sent in one body. Its length must be known before the first octet is.

/// A body of the type `multipart/byteranges` (RFC 9110 section 14.6): what stands before each range, and at the end.
package struct ByteRangeParts: Sendable {
    /// The ranges, in the order in which they are sent.
    package let ranges: [Range<Int>]
    /// The type of the whole body.
    package let type: String
    private let boundary: String
    private let partType: String
    private let length: Int

    /// Several ranges.
    ///
    /// - Parameters:
    ///   - ranges: at least two.
    ///   - length: how many octets the whole has.
    ///   - type: its media type.
    ///   - boundary: a token that does not occur in it; a random one.
    package init(_ ranges: [Range<Int>], of length: Int, type: String, boundary: String) {
        precondition(ASCII.isToken(boundary) && boundary.utf8.count <= 70, "no boundary: \(boundary)")
        self.ranges = ranges
        self.length = length
        self.boundary = boundary
        partType = type
        self.type = "multipart/byteranges; boundary=\(boundary)"
    }

    /// What is sent before the octets of a range, by its place among them.
    package func opening(of index: Int) -> [UInt8] {
        let text = """
            \(index == 0 ? "" : "\r\n")--\(boundary)\r
            Content-Type: \(partType)\r
            Content-Range: \(Self.contentRange(ranges[index], of: length))\r
            \r\n
            """
        return [UInt8](text.utf8)
    }

    /// What is sent after the last.
    package var ending: [UInt8] { [UInt8]("\r\n--\(boundary)--\r\n".utf8) }

    /// How many octets the body has.
    package var contentLength: Int {
        ranges.indices.reduce(ending.count) { $0 + opening(of: $1).count + ranges[$1].count }
    }

    /// The value of `Content-Range` for one range of so many octets (section 14.4).
    package static func contentRange(_ range: Range<Int>, of length: Int) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
    }

    /// The value of `Content-Range` where no range could be satisfied.
    package static func noRange(of length: Int) -> String { "bytes */\(length)" }
}
