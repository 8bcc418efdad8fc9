// Owns patterns as sets of topics: what two have in common, and whether one holds another. Must never give a pattern that
// matches a topic which one of the two does not: permissions rest on it.

import ByteSearch

extension TopicPattern {
    /// The pattern that matches the topics that both match; `nil` if there is none. O(bytes of both).
    ///
    /// It may be longer than a pattern that somebody gives.
    package func intersection(_ other: TopicPattern) -> TopicPattern? {
        if isExact { return other.matches(text.utf8.span) ? self : nil }
        if other.isExact { return matches(other.text.utf8.span) ? other : nil }
        // Most have nothing in common, and for these nothing is made.
        guard meets(other) else { return nil }
        let one = text.utf8.span
        let two = other.text.utf8.span
        var common: [UInt8] = []
        var here = 0
        var there = 0
        while here <= one.count, there <= two.count {
            let (ours, theirs) = (Self.stars(of: one, at: here), Self.stars(of: two, at: there))
            // The other has a segment left, and all that it has left may stand there.
            if ours == 2 { return TopicPattern(unchecked: common, two, from: there) }
            if theirs == 2 { return TopicPattern(unchecked: common, one, from: here) }
            let (end, otherEnd) = (Self.endOfSegment(of: one, at: here), Self.endOfSegment(of: two, at: there))
            if ours == 1 {
                common.append(two, from: there, to: otherEnd)
            } else {
                common.append(one, from: here, to: end)
            }
            common.append(UInt8(ascii: "/"))
            here = end + 1
            there = otherEnd + 1
        }
        common.removeLast()
        return TopicPattern(unchecked: common, one, from: one.count)
    }

    /// Whether there is a topic that both match. O(bytes of both), without an allocation.
    package func meets(_ other: TopicPattern) -> Bool {
        if isExact { return other.matches(text.utf8.span) }
        if other.isExact { return matches(other.text.utf8.span) }
        let one = text.utf8.span
        let two = other.text.utf8.span
        var here = 0
        var there = 0
        while here <= one.count, there <= two.count {
            let (ours, theirs) = (Self.stars(of: one, at: here), Self.stars(of: two, at: there))
            if here == 0, Self.keepsApart(ours, two) || Self.keepsApart(theirs, one) { return false }
            if ours == 2 || theirs == 2 { return true }
            let (end, otherEnd) = (Self.endOfSegment(of: one, at: here), Self.endOfSegment(of: two, at: there))
            if ours == 0, theirs == 0, !Self.areSame(one, here..<end, two, there..<otherEnd) { return false }
            here = end + 1
            there = otherEnd + 1
        }
        return here > one.count && there > two.count
    }

    /// Whether this matches every topic that the other matches. O(bytes of both).
    package func covers(_ other: TopicPattern) -> Bool {
        if other.isExact { return matches(other.text.utf8.span) }
        if isExact { return false }
        let one = text.utf8.span
        let two = other.text.utf8.span
        var here = 0
        var there = 0
        while here <= one.count, there <= two.count {
            let (ours, theirs) = (Self.stars(of: one, at: here), Self.stars(of: two, at: there))
            if here == 0, Self.keepsApart(ours, two) { return false }
            if ours == 2 { return true }
            if theirs > ours { return false }
            let (end, otherEnd) = (Self.endOfSegment(of: one, at: here), Self.endOfSegment(of: two, at: there))
            if ours == 0, !Self.areSame(one, here..<end, two, there..<otherEnd) { return false }
            here = end + 1
            there = otherEnd + 1
        }
        return here > one.count && there > two.count
    }

    /// Whether a first segment of so many stars does not stand for that of another pattern, which is one of the hub's own.
    private static func keepsApart(_ stars: Int, _ other: Span<UInt8>) -> Bool {
        stars > 0 && !other.isEmpty && other[0] == UInt8(ascii: "$")
    }

    private static func endOfSegment(of bytes: Span<UInt8>, at start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "/") { end += 1 }
        return end
    }

    private static func areSame(
        _ one: Span<UInt8>, _ range: Range<Int>, _ two: Span<UInt8>, _ other: Range<Int>
    ) -> Bool {
        range.count == other.count && one.extracting(range).holds(two.extracting(other), at: 0)
    }

    /// Takes some segments of patterns that were checked before, and what follows them in one.
    private init(unchecked segments: [UInt8], _ bytes: Span<UInt8>, from start: Int) {
        var all = segments
        all.append(bytes, from: start, to: bytes.count)
        self.init(unchecked: String(decoding: all, as: UTF8.self))
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ bytes: Span<UInt8>, from start: Int, to end: Int) {
        for index in start..<end { append(bytes[index]) }
    }
}
