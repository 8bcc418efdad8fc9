// Owns the form in which patterns and topics are compared: bytes, segment by segment. Must never take a part of a
// segment for the whole.

/// A pattern with wildcards, in the form in which it is compared with topics.
///
/// Its segments, and those of a topic, each end in `/`, so that no segment at all and one empty segment differ.
struct PatternPath {
    /// The segments, `*` among them, without a last `**`.
    let bytes: [UInt8]
    /// Whether a last `**` stands for whatever else a topic has, at least one segment.
    let isOpenEnded: Bool

    init(_ pattern: TopicPattern) {
        var bytes = Self.segments(of: pattern.text)
        isOpenEnded =
            bytes.count >= 3 && bytes.suffix(3).elementsEqual("**/".utf8) && bytes.dropLast(3).last ?? slash == slash
        if isOpenEnded { bytes.removeLast(3) }
        self.bytes = bytes
    }

    /// The segments of a topic or a pattern, in the form in which they are compared.
    static func segments(of text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 1)
        bytes += text.utf8
        bytes.append(slash)
        return bytes
    }

    /// Whether the pattern matches a topic, given as its segments. O(bytes of both).
    func matches(_ topic: [UInt8]) -> Bool {
        if Self.isReserved(topic), bytes.isEmpty || Self.isStar(bytes, at: 0) { return false }
        let end = Self.follow(bytes, in: topic, from: 0)
        return isOpenEnded ? end >= 0 && end < topic.count : end == topic.count
    }

    /// Whether no wildcard may stand for the first segment, since the topic is one of the hub's own.
    static func isReserved(_ topic: [UInt8]) -> Bool { topic[0] == UInt8(ascii: "$") }

    /// Whether the segment that begins at `index` is a `*`.
    static func isStar(_ segments: [UInt8], at index: Int) -> Bool {
        segments[index] == star && segments[index + 1] == slash
    }

    /// The index after the segment that begins at `index`.
    static func end(ofSegmentAt index: Int, in segments: [UInt8]) -> Int {
        var index = index
        while segments[index] != slash { index += 1 }
        return index + 1
    }

    /// The index up to which the segments of a pattern match those of a topic, from `start` on; -1 if they do not.
    static func follow(_ pattern: [UInt8], in topic: [UInt8], from start: Int) -> Int {
        let pattern = pattern.span
        let topic = topic.span
        var here = start
        var index = 0
        while index < pattern.count {
            guard here < topic.count else { return -1 }
            if pattern[index] == star, pattern[index + 1] == slash {
                while topic[here] != slash { here += 1 }
                here += 1
                index += 2
                continue
            }
            // Both end in a slash: neither is left before the other.
            var byte: UInt8
            repeat {
                byte = pattern[index]
                if topic[here] != byte { return -1 }
                here += 1
                index += 1
            } while byte != slash
        }
        return here
    }
}

private var slash: UInt8 { UInt8(ascii: "/") }
private var star: UInt8 { UInt8(ascii: "*") }
