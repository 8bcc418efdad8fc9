import HubSamples
import SeededRandomness
import Testing

@testable import Hub

@Suite struct TopicPatternSetTests {
    private static let segments = ["a", "", "$", "a*", "*", "**"]

    /// All lists of so many of the segments.
    private static func lists(_ segments: [String], upTo longest: Int) -> [[String]] {
        var all: [[String]] = []
        var last: [[String]] = [[]]
        for _ in 0..<longest {
            last = last.flatMap { list in segments.map { list + [$0] } }
            all += last
        }
        return all
    }

    /// Topics that are longer than all patterns, so that what a last `**` matches is told from what is there by chance.
    private static let topics = lists(["a", "", "$", "a*", "b"], upTo: 5).map { $0.joined(separator: "/") }
        .filter { !$0.isEmpty }.map(topic)
    private static let patterns = lists(segments, upTo: 3).filter { !$0.dropLast().contains("**") }
        .map { $0.joined(separator: "/") }.filter { !$0.isEmpty }.map(pattern)

    /// The topics that a pattern matches, a bit each.
    private static func matches(_ pattern: TopicPattern) -> [UInt64] {
        var bits = [UInt64](repeating: 0, count: topics.count / 64 + 1)
        for (index, topic) in topics.enumerated() where pattern.matches(topic) { bits[index / 64] |= 1 << (index % 64) }
        return bits
    }

    private static let known = patterns.map(matches)

    @Test func `a topic matches what two patterns have in common just if it matches both`() {
        var matched: [TopicPattern: [UInt64]] = Dictionary(uniqueKeysWithValues: zip(Self.patterns, Self.known))
        var empty = 0
        for (one, ours) in zip(Self.patterns, Self.known) {
            for (two, theirs) in zip(Self.patterns, Self.known) {
                let both = zip(ours, theirs).map { $0 & $1 }
                guard let common = one.intersection(two) else {
                    empty += 1
                    #expect(both.allSatisfy { $0 == 0 }, "\(one.text) and \(two.text)")
                    continue
                }
                #expect(common == two.intersection(one))
                #expect((try? TopicPattern(common.text))?.isExact == common.isExact)
                if matched[common] == nil { matched[common] = Self.matches(common) }
                #expect(matched[common] == both, "\(one.text) and \(two.text): \(common.text)")
            }
        }
        #expect(empty > 1000 && Self.patterns.count > 150)
    }

    @Test func `a pattern covers another just if it matches all that the other matches`() {
        var count = 0
        for (one, ours) in zip(Self.patterns, Self.known) {
            for (two, theirs) in zip(Self.patterns, Self.known) {
                let isCovered = zip(ours, theirs).allSatisfy { $0 & $1 == $1 }
                if isCovered { count += 1 }
                #expect(one.covers(two) == isCovered, "\(one.text) and \(two.text)")
            }
        }
        #expect(count > 500)
    }

    @Test func `what two patterns have in common is written segment by segment`() {
        for (one, two, common) in [
            ("a/**", "*/b", "a/b"), ("**", "*/x", "*/x"), ("a/*/c", "*/b/*", "a/b/c"), ("a/**", "a/b/**", "a/b/**"),
            ("*/**", "**", "*/**"), ("a/*", "a/**", "a/*"), ("a", "a", "a"), ("**", "**", "**"), ("*", "**", "*"),
            ("$s/*", "$s/**", "$s/*"), ("*/*", "**", "*/*"), ("/**", "*/a", "/a"), ("é/*", "*/é", "é/é"),
        ] {
            #expect(pattern(one).intersection(pattern(two)) == pattern(common), "\(one) and \(two)")
        }
        for (one, two) in [
            ("a", "b"), ("**", "$s/a"), ("*/a", "$s/*"), ("a", "a/**"), ("a/*", "a/*/*"), ("*", "*/**"), ("a/", "a"),
        ] {
            #expect(pattern(one).intersection(pattern(two)) == nil, "\(one) and \(two)")
            #expect(pattern(two).intersection(pattern(one)) == nil, "\(one) and \(two)")
        }
    }

    @Test func `what two long patterns have in common may be longer than a pattern can be`() throws {
        let long = String(repeating: "x", count: 900)
        let common = try #require(pattern("*/\(long)/**").intersection(pattern("\(long)/*/*")))
        #expect(common.text == "\(long)/\(long)/*")
        let stars = String(repeating: "*/", count: 500) + "**"
        #expect(pattern(stars).covers(pattern(stars)))
        #expect(pattern(stars).intersection(pattern("**")) == pattern(stars))
    }
}
