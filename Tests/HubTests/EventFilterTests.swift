import HubSamples
import SeededRandomness
import Testing

@testable import Hub

@Suite struct EventFilterTests {
    private func access(_ patterns: String..., anonymous: Bool = false, admin: Bool = false) -> ReadAccess {
        ReadAccess(patterns: patterns.map(pattern), isPublicReadable: anonymous, isAdmin: admin)
    }

    private func filter(_ wanted: String..., within access: ReadAccess) throws -> EventFilter {
        try EventFilter(wanted.map(pattern), within: access)
    }

    private func texts(_ patterns: [TopicPattern]?) -> [String]? { patterns?.map(\.text) }

    @Test func `a pattern that is allowed as a whole stays as it is, and another is narrowed`() throws {
        #expect(try filter("a/*", "a/*", within: access("a/**")).patterns.map(\.text) == ["a/*"])
        #expect(try filter("a/**", "b", within: access("*/x", "*/*/y", "c")).patterns.map(\.text) == ["a/x", "a/*/y"])
        #expect(try filter("**", within: access("a/**", "a/b", "a/*")).patterns.map(\.text) == ["a/**"])
        #expect(try filter("**", within: .everything) == EventFilter([pattern("**")]))
        #expect(try filter("**", "$s/**", within: access("**")).patterns.map(\.text) == ["**"])
        #expect(try filter("a", "$s", within: access("b", "$s")).isEmpty)
        #expect(try filter("a", within: .nothing).isEmpty)
    }

    @Test func `where all may read what is public, private events have patterns of their own`() throws {
        let narrowed = try filter("a/**", "b", within: access("a/*", anonymous: true))
        #expect(texts(narrowed.patterns) == ["a/**", "b"] && texts(narrowed.privatePatterns) == ["a/*"])
        // Nothing needs to be asked again where all may be read anyway.
        #expect(try filter("a/x", within: access("a/*", anonymous: true)).privatePatterns == nil)
        #expect(try filter("a/x", "$s", within: access("a/*", anonymous: true)) == filter("a/x", within: .everything))
        #expect(try filter("a", within: access(anonymous: true)).privatePatterns == [])
        #expect(try filter("$s", within: access(anonymous: true)).isEmpty)
        let admin = try filter("$s/*", "a", within: access("$s/x", anonymous: true, admin: true))
        #expect(texts(admin.patterns) == ["a", "$s/x"] && texts(admin.privatePatterns) == ["$s/x"])
    }

    @Test func `what is asked for may not meet what is allowed in more than 256 ways, or with too many bytes`() throws {
        let many = (0..<17).map { pattern("*/\($0)/**") }
        let wanted = (0..<17).map { pattern("\($0)/*/**") }
        let error = #expect(throws: HubError.self) {
            try EventFilter(wanted, within: ReadAccess(patterns: many, isPublicReadable: false, isAdmin: false))
        }
        #expect(error?.code == .badTopic && error?.description.contains("ask for fewer") == true)
        let fewer = ReadAccess(patterns: Array(many.dropLast(2)), isPublicReadable: false, isAdmin: false)
        #expect(try EventFilter(wanted, within: fewer).patterns.count == 17 * 15)
        // Long ones take as many places in a trie as they have segments.
        let long = String(repeating: "a/", count: 400)
        #expect(throws: HubError.self) {
            try EventFilter(
                (0..<8).map { pattern("\($0)/*/\(long)**") },
                within: access("*/0/**", "*/1/**", "*/2/**", "*/3/**", "*/4/**", "*/5/**"))
        }
        // What is allowed as a whole is no more than was wanted.
        let names = (0..<2000).map { pattern("a/\($0)") }
        #expect(try EventFilter(names, within: access("a/*")).patterns == names)
    }

    /// The topics of the hub's own among them.
    @Test(arguments: 0..<20)
    func `topics pass just as the contract has it`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let names = ["a", "b", "a/b", "a/b/c", "$s", "$s/a", "$s/a/b", "$t/a", "a/$s"].map(topic)
        func patterns(_ most: Int) -> [TopicPattern] {
            (0..<Int.random(in: 0...most, using: &random)).map { _ in
                var segments = names.randomElement(using: &random)!.text.split(separator: "/").map(String.init)
                for index in segments.indices where Int.random(in: 0..<3, using: &random) == 0 { segments[index] = "*" }
                if Int.random(in: 0..<3, using: &random) == 0 { segments[segments.count - 1] = "**" }
                return pattern(segments.joined(separator: "/"))
            }
        }
        for _ in 0..<300 {
            let (wanted, given) = (patterns(3), patterns(4))
            let (isAnonymous, isAdmin) = (Bool.random(using: &random), Bool.random(using: &random))
            let access = ReadAccess(patterns: given, isPublicReadable: isAnonymous, isAdmin: isAdmin)
            let filter = try EventFilter(wanted, within: access)
            for topics in names.map({ [$0] }) + [Array(names.shuffled(using: &random).prefix(2))] {
                for isPrivate in [false, true] {
                    func mayRead(_ topic: TopicName) -> Bool {
                        let isGiven = given.contains { $0.matches(topic) }
                        if topic.text.hasPrefix("$") { return isAdmin && isGiven }
                        return isGiven || (isAnonymous && !isPrivate)
                    }
                    let isDue = topics.contains { topic in wanted.contains { $0.matches(topic) } && mayRead(topic) }
                    #expect(filter.matches(OneOrMore(topics)!, isPrivate: isPrivate) == isDue)
                    for topic in topics { #expect(access.allows(topic, isPrivate: isPrivate) == mayRead(topic)) }
                }
            }
            for pattern in wanted where access.covers(pattern) {
                #expect(filter.patterns.contains { $0.covers(pattern) })
            }
        }
    }
}
