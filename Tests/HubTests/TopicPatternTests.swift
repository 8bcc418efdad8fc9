import HubSamples
import SeededRandomness
import Testing

@testable import Hub

@Suite struct TopicPatternTests {
    @Test(arguments: [
        ("a", "a", true), ("a", "b", false), ("a", "a/", false), ("a/", "a", false), ("A", "a", false),
        ("*", "a", true), ("*", "a/b", false), ("*", "*a", true), ("a/*", "a/b", true), ("a/*", "a", false),
        ("a/*", "a/", true), ("a/*", "a/b/c", false), ("*/b", "a/b", true), ("*/b", "/b", true), ("*/*", "/", true),
        ("a/*/c", "a/b/c", true), ("a/*/c", "a//c", true), ("a/*/c", "a/c", false), ("**", "a", true),
        ("**", "a/b/c", true), ("**", "/", true), ("a/**", "a", false), ("a/**", "a/", true), ("a/**", "a/b", true),
        ("a/**", "a/b/c", true), ("a/**", "ab/c", false), ("*/**", "a", false), ("*/**", "a/b", true),
        ("https://x.org/*", "https://x.org/1", true), ("https:/*/x.org/1", "https://x.org/1", true),
        ("https:/*/x.org", "https://x.org", true), ("a*", "ab", false), ("a*", "a*", true), ("***", "abc", false),
        ("$hub/*", "$hub/x", true), ("$hub/**", "$hub/x/y", true), ("$hub", "$hub", true), ("*", "$hub", false),
        ("**", "$hub/x", false), ("*/x", "$hub/x", false), ("*/**", "$hub/x", false), ("a/*", "a/$b", true),
        ("/*", "/$b", true), ("$hub/**", "$hub", false), ("$other/*", "$hub/x", false),
    ])
    func `a pattern matches a topic or not`(wanted: String, given: String, isMatch: Bool) {
        #expect(pattern(wanted).matches(topic(given)) == isMatch)
        var trie = PatternTrie()
        trie.insert(PatternPath(pattern(wanted)), channel: 3)
        #expect(PatternPath(pattern(wanted)).matches(PatternPath.segments(of: given)) == isMatch)
        #expect(trie.matches(of: topic(given)) == (isMatch ? [3] : []))
    }

    @Test(arguments: ["", "**/a", "a/**/b", "**/**", "**/", "**/*", "a/**/"])
    func `two stars stand last or not at all`(text: String) {
        let error = #expect(throws: HubError.self) { try TopicPattern(text) }
        #expect(error?.code == .badTopic)
    }

    @Test(arguments: ["*", "**", "a/*", "*/**", "$x/*", "/**"])
    func `a pattern with wildcards is no topic`(text: String) {
        #expect(pattern(text).topic == nil)
        #expect(!pattern(text).isExact)
    }

    /// The rule in its plainest form.
    static func matches(_ pattern: [String], _ topic: [String]) -> Bool {
        if topic[0].hasPrefix("$"), pattern[0].hasPrefix("*") { return false }
        if pattern.last == "**" {
            return topic.count >= pattern.count && matches(pattern.dropLast().map(\.self), topic, pattern.count - 1)
        }
        return topic.count == pattern.count && matches(pattern, topic, pattern.count)
    }

    private static func matches(_ pattern: [String], _ topic: [String], _ count: Int) -> Bool {
        (0..<count).allSatisfy { pattern[$0] == "*" || pattern[$0] == topic[$0] }
    }

    @Test(arguments: 0..<40)
    func `the trie finds just the channels whose pattern matches`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = ["a", "b", "", "$s", "a"]
        var trie = PatternTrie()
        var held: [(pattern: TopicPattern, segments: [String], channel: Int32)] = []
        for _ in 0..<300 {
            if held.isEmpty || Int.random(in: 0..<5, using: &random) < 3 {
                var segments = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    (letters + ["*", "*"]).randomElement(using: &random)!
                }
                if Bool.random(using: &random) { segments.append("**") }
                // A lone empty segment would be an empty pattern.
                if segments == [""] { segments = ["*"] }
                let pattern = try TopicPattern(segments.joined(separator: "/"))
                let channel = Int32.random(in: 0..<10, using: &random)
                held.append((pattern, segments, channel))
                trie.insert(PatternPath(pattern), channel: channel)
            } else {
                let gone = held.remove(at: Int.random(in: 0..<held.count, using: &random))
                trie.remove(PatternPath(gone.pattern), channel: gone.channel)
            }
            try #require(trie.count == held.count)
            var segments = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                letters.randomElement(using: &random)!
            }
            if segments == [""] { segments = ["a"] }
            let topic = try TopicName(segments.joined(separator: "/"))
            let found = trie.matches(of: topic)
            let wanted = held.filter { Self.matches($0.segments, segments) }
            try #require(found.sorted() == wanted.map(\.channel).sorted(), "seed \(seed), \(topic.text)")
            for entry in held {
                try #require(entry.pattern.matches(topic) == Self.matches(entry.segments, segments), "seed \(seed)")
            }
        }
        for entry in held { trie.remove(PatternPath(entry.pattern), channel: entry.channel) }
        #expect(trie.count == 0)
        // Each node but the root is free again, and holds nothing.
        var nodes = 0
        var free = 0
        for child in Mirror(reflecting: trie).children {
            if child.label == "nodes" {
                for node in Mirror(reflecting: child.value).children {
                    nodes += 1
                    for field in Mirror(reflecting: node.value).children {
                        let held = Mirror(reflecting: field.value)
                        #expect(held.displayStyle == nil || held.children.isEmpty)
                        if let star = field.value as? Int32 { #expect(star == -1) }
                    }
                }
            } else if child.label == "free" {
                free = Mirror(reflecting: child.value).children.count
            }
        }
        #expect(nodes > 1 && nodes == free + 1)
    }

    @Test func `a trie has at most two nodes for a pattern, however many segments it has`() {
        var trie = PatternTrie()
        let stars = Array(repeating: "*", count: 500)
        for number in 0..<100 {
            var segments = stars
            segments[number * 5] = "a"
            trie.insert(PatternPath(pattern(segments.joined(separator: "/"))), channel: Int32(number))
        }
        #expect(trie.nodes.count <= 201)
        #expect(trie.matches(of: topic(Array(repeating: "a", count: 500).joined(separator: "/"))).count == 100)
        #expect(trie.matches(of: topic(Array(repeating: "b", count: 500).joined(separator: "/"))).isEmpty)
    }
}
