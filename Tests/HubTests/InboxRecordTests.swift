import HubSamples
import SeededRandomness
import Testing

@testable import Hub

@Suite struct InboxRecordTests {
    @Test(arguments: ["u", "a b", "caf\u{E9}", "***", "u*", "$x", "a\\b", String(repeating: "x", count: 1015)])
    func `a name that is one segment of a topic is a user's`(name: String) throws {
        let user = try InboxUser(name)
        #expect(user.name == name && user.topic.text == "users/\(name)")
        #expect(user.ownPatterns.map(\.text) == ["users/\(name)", "users/\(name)/**"])
        for pattern in user.ownPatterns { #expect(try TopicPattern(pattern.text) == pattern) }
        #expect(InboxUser(owning: user.topic) == user)
        if name.utf8.count < 1000 { #expect(InboxUser(owning: topic(user.prefix + "a/b")) == user) }
    }

    @Test(arguments: [
        "", "*", "**", "a/b", "/", "a\u{0}", "a\n", "\u{7F}", "a\u{85}", String(repeating: "x", count: 1016),
    ])
    func `another name is refused, with words`(name: String) {
        let error = #expect(throws: HubError.self) { try InboxUser(name) }
        #expect(error?.code == .badUser)
        #expect(error?.description.contains("the user") == true)
    }

    @Test(arguments: ["users", "users/", "users//a", "user/u", "usersx/u", "Users/u", "a/users/u"])
    func `a topic elsewhere is nobody's`(name: String) { #expect(InboxUser(owning: topic(name)) == nil) }

    @Test func `the mark of a topic is the highest of what holds for it`() throws {
        var record = InboxRecord(try InboxUser("u"))
        _ = record.replacePatterns(with: ["group/1", "group/*", "*/1"].map(pattern), at: 10)
        record.patterns[1] = InboxPattern(pattern("group/*"), start: 7)
        func mark(_ name: String, own: Position = 0) -> Position? { record.mark(of: topic(name), topicMark: own) }
        #expect(mark("users/u") == 0)
        #expect(mark("users/u/x", own: 3) == 3)
        #expect(mark("users/v") == nil)
        // The lowest start of those that match.
        #expect(mark("group/1") == 7)
        #expect(mark("other/1") == 10)
        record.acknowledge(through: 8)
        #expect(mark("users/u") == 8 && mark("group/2") == 8 && mark("other/1") == 10)
        #expect(mark("group/2", own: 9) == 9)
        let news = try record.acknowledge(topic("group/1"), through: 12, topicMark: 0)
        #expect(news == nil)
        #expect(mark("group/1") == 12 && mark("group/2") == 8)
        // The mark of a topic outlives the pattern of that name, if another matches.
        let change = record.replacePatterns(with: [pattern("group/*")], at: 20)
        #expect(change.added.isEmpty && Set(change.removed.map(\.pattern.text)) == ["group/1", "*/1"])
        #expect(record.marks(of: change.removed).map(\.mark) == [12])
        #expect(record.mark(of: topic("other/1"), topicMark: 0) == nil)
        #expect(throws: HubError.self) { try record.acknowledge(topic("other/1"), through: 12, topicMark: 0) }
    }

    @Test func `losses are remembered topic by topic, and folded when there are many`() {
        var losses = InboxLosses()
        #expect(losses.isEmpty)
        let name = topic("users/u/a b")
        let isNews = [5, 4, 6].map { losses.add(name, at: $0) } + [losses.add(topic("users/u"), at: 7)]
        #expect(isNews == [true, false, true, true])
        #expect(losses.text == "6 users/u/a b\n7 users/u")
        #expect(InboxLosses(losses.text) == losses)
        losses.clear(name, through: 5)
        #expect(!losses.isEmpty)
        losses.clear(name, through: 6)
        losses.clear(topic("users/u"), through: 7)
        #expect(losses.isEmpty && InboxLosses("") == losses)
        for number in 0...InboxLosses.mostTopics { _ = losses.add(topic("t/\(number)"), at: number + 1) }
        #expect(losses.text == "\(InboxLosses.mostTopics + 1)")
        #expect(InboxLosses(losses.text) == losses)
        losses.clear(topic("t/3"), through: 100)
        losses.clear(through: InboxLosses.mostTopics)
        #expect(!losses.isEmpty)
        losses.clear(through: InboxLosses.mostTopics + 1)
        #expect(losses.isEmpty)
        for text in ["x", "-1 a", "1 \u{0}", "1 *", " 1", "99999999999999999999"] { #expect(InboxLosses(text) == nil) }
    }

    @Test func `where topics of an inbox are looked for`() throws {
        func places(_ patterns: String...) throws -> (names: [String], ranges: [String]) {
            var record = InboxRecord(try InboxUser("u"))
            _ = record.replacePatterns(with: patterns.map(pattern), at: 0)
            let places = Inbox(record: record, marks: [:], kept: 1..<1).places
            return (places.names.map(\.text), places.ranges.map { "\($0.after ?? "")-\($0.before ?? "")" })
        }
        #expect(try places() == (["users/u", "users/u/"], ["users/u/-users/u0"]))
        #expect(
            try places("a", "b/*", "b/c/**", "b/c*/*") == (
                ["users/u", "a", "b/", "users/u/"], ["b/-b0", "users/u/-users/u0"]
            ))
        #expect(try places("*/x", "a") == (["users/u", "a"], ["-"]))
        #expect(try places("/*", "users/**") == (["users/u", "/", "users/"], ["/-0", "users/-users0"]))
        for text in ["users/u/", "users/u/a", "users/u/\u{10FFFF}"] {
            #expect(TopicRange(below: "users/u/").contains(topic(text)) == (text != "users/u/"))
        }
        for text in ["users/u", "users/u-1/a", "users/u0", "users/u0/a", "users/u!"] {
            #expect(!TopicRange(below: "users/u/").contains(topic(text)))
        }
        #expect(TopicRange(below: "users/u/").isOfUsers && TopicRange(below: "users/").isOfUsers)
        #expect(!TopicRange(below: "").isOfUsers && !TopicRange(below: "user/").isOfUsers)
        #expect(!TopicRange(below: "users1/").isOfUsers)
    }

    @Test(arguments: 0..<30)
    func `topics are kept in order while they come and go`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ordered = OrderedTopics()
        var plain: Set<TopicName> = []
        let count = [5, 200, 3000].randomElement(using: &random)!
        for step in 0..<4000 {
            let name = topic("users/\(Int.random(in: 0..<count, using: &random))")
            // It grows, then shrinks to nothing.
            if Int.random(in: 0..<4, using: &random) < (step < 2500 ? 3 : 1) {
                if plain.insert(name).inserted { ordered.insert(name) }
            } else {
                plain.remove(name)
                ordered.remove(name)
            }
            if step % 50 == 0 {
                let after = Bool.random(using: &random) ? "users/\(Int.random(in: 0..<count, using: &random))" : nil
                let before = Bool.random(using: &random) ? "users/\(Int.random(in: 0..<count, using: &random))" : nil
                let most = [1, 7, .max].randomElement(using: &random)!
                let range = TopicRange(after: after, before: before)
                let wanted = plain.filter(range.contains).sorted { $0.text < $1.text }.prefix(most)
                #expect(ordered.topics(in: range, most: most) == Array(wanted), "seed \(seed), step \(step)")
            }
        }
        for name in plain { ordered.remove(name) }
        #expect(ordered.topics(in: TopicRange(after: nil), most: .max).isEmpty)
    }

    @Test(arguments: 0..<10)
    func `a set of positions counts each once`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var positions = PositionSet()
        var plain: Set<Position> = []
        let most = [70, 5000, 1 << 40].randomElement(using: &random)!
        for _ in 0..<3000 {
            let position = Int.random(in: 0..<most, using: &random)
            positions.insert(position)
            plain.insert(position)
            #expect(positions.count == plain.count)
        }
    }
}
