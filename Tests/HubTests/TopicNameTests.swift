import HubSamples
import Testing

@testable import Hub

@Suite struct TopicNameTests {
    @Test(arguments: [
        "a", "a/b", "/", "//", "a/", "/a", "a//b", "https://example.org/a?b=c#d", "*a", "a*", "a*b/c", "***", "a/***",
        "$", "$hub/x", "a/$b", " ", "a b", "🎺", "é", "\u{A0}", "\u{FEFF}", "{user}", "|", "\\", "\"", "*\u{301}",
        "\u{200B}", "\u{10FFFF}", "c\u{338}",
    ])
    func `a topic may be`(text: String) throws {
        #expect(try TopicName(text).text == text)
        #expect(try TopicPattern(text).isExact)
        #expect(try TopicPattern(text).topic == TopicName(text))
    }

    @Test(arguments: ["", "*", "**", "a/*", "*/a", "a/*/b", "a/**", "**/a", "/*", "*/", "//**"])
    func `a topic may not be`(text: String) {
        let error = #expect(throws: HubError.self) { try TopicName(text) }
        #expect(error?.code == .badTopic)
    }

    @Test(arguments: [0...0x1F, 0x7F...0x9F] as [ClosedRange<UInt32>])
    func `control characters stand in no topic and no pattern`(range: ClosedRange<UInt32>) throws {
        for value in range {
            let control = String(UnicodeScalar(value)!)
            for text in [control, "a\(control)", "\(control)b", "a/\(control)/b", "*/\(control)"] {
                #expect(throws: HubError.self, "\(value)") { try TopicName(text) }
                let error = #expect(throws: HubError.self, "\(value)") { try TopicPattern(text) }
                #expect(error?.code == .badTopic)
            }
        }
    }

    @Test func `bytes that only look like controls inside of characters are allowed`() throws {
        // Both have continuation bytes from 0x80 to 0x9F behind lead bytes other than 0xC2.
        for text in ["\u{100}\u{11F}", "\u{2000}", "\u{1F600}", "\u{A0}\u{BF}", "\u{C0}\u{DF}"] {
            #expect(try TopicName(text).text == text)
        }
    }

    @Test func `a topic has at most 1024 bytes, however many characters those are`() throws {
        #expect(try TopicName(String(repeating: "a", count: 1024)).text.utf8.count == 1024)
        #expect(try TopicName(String(repeating: "é", count: 512)).text.utf8.count == 1024)
        for text in [String(repeating: "a", count: 1025), String(repeating: "é", count: 512) + "a"] {
            #expect(throws: HubError.self) { try TopicName(text) }
            #expect(throws: HubError.self) { try TopicPattern(text) }
        }
        #expect(try TopicPattern(String(repeating: "/", count: 1022) + "**").isExact == false)
    }

    @Test func `names are the same when their bytes are`() throws {
        let composed = topic("caf\u{E9}")
        let parts = topic("cafe\u{301}")
        #expect(composed != parts)
        #expect(!TopicPattern(composed).matches(parts))
        #expect(TopicPattern(composed) != TopicPattern(parts))
        #expect(!pattern("caf\u{E9}/*").matches(topic("cafe\u{301}/x")))
        var trie = PatternTrie()
        trie.insert(PatternPath(pattern("caf\u{E9}/*")), channel: 1)
        trie.insert(PatternPath(pattern("cafe\u{301}/*")), channel: 2)
        #expect(trie.matches(of: topic("cafe\u{301}/x")) == [2])
        let both = try Draft(topics: [composed, parts], data: "\u{E9}")
        #expect(both.topics.count == 2)
        let other = try Draft(topics: [composed, parts], data: "e\u{301}")
        #expect(both != other)
    }

    @Test func `topics that begin with a dollar sign are the hub's own`() {
        #expect(topic("$").isReserved)
        #expect(topic("$hub/a").isReserved)
        #expect(!topic("a/$b").isReserved)
        #expect(!topic("/$b").isReserved)
        #expect(topic("$\u{301}").isReserved)
    }

    @Test(arguments: [
        ("a", ["a"]), ("/", ["", ""]), ("a//b", ["a", "", "b"]), ("a/\u{301}", ["a", "\u{301}"]),
        ("/\u{301}/a/", ["", "\u{301}", "a", ""]),
    ])
    func `segments are parted by each slash`(text: String, segments: [String]) {
        #expect(TopicSegments(text).map(String.init) == segments)
    }
}
