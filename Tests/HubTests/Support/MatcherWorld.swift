import HubSamples
import SeededRandomness

@testable import Hub

/// A matcher beside a list of all patterns that is looked through from end to end, and a script for both.
struct MatcherWorld {
    private let seed: UInt64
    private var random: SeededGenerator
    private var matcher: TopicMatcher
    private var held: [(pattern: TopicPattern, channel: Int32)] = []
    private var step = 0
    /// What the first disagreement was.
    private(set) var fault: String?
    /// How often something happened of which a test wants to know that it does.
    private(set) var tally: [String: Int] = [:]

    init(seed: UInt64, limits: TopicMatcher.Limits) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        matcher = TopicMatcher(limits: limits)
    }

    mutating func run(steps: Int) {
        // A phase has one mood: patterns come, or go, or rest.
        var coming = 2
        var going = 1
        for number in 0..<steps where fault == nil {
            step = number
            if number % 40 == 0 {
                coming = Int.random(in: 0...4, using: &random)
                going = Int.random(in: 0...4, using: &random)
            }
            switch Int.random(in: 0..<14, using: &random) {
            case 0..<coming: insert()
            case 4..<(4 + going): remove()
            default: lookUp()
            }
            check()
        }
        while !held.isEmpty && fault == nil { remove() }
        for _ in 0..<20 where fault == nil { lookUp() }
        check()
        if matcher.patternCount != 0 || matcher.namedCount != 0 { note("patterns are left") }
    }

    private mutating func insert() {
        let pattern = makePattern()
        // Several patterns of a channel may match one topic, and several channels may have one pattern.
        let channel = Int32.random(in: 0..<12, using: &random)
        guard !held.contains(where: { $0.pattern == pattern && $0.channel == channel }) else { return }
        held.append((pattern, channel))
        matcher.insert(pattern, channel: channel)
    }

    private mutating func remove() {
        guard !held.isEmpty else { return }
        let gone = held.remove(at: Int.random(in: 0..<held.count, using: &random))
        matcher.remove(gone.pattern, channel: gone.channel)
    }

    private mutating func lookUp() {
        let name = makeTopic()
        let wanted = held.filter { $0.pattern.matches(name) }.map(\.channel).sorted()
        if Set(wanted) != matcher.reach(of: name) { note("the reach of \(name.text) is \(matcher.reach(of: name))") }
        if let slot = matcher.table[name] {
            let entry = matcher.entries[Int(slot)]
            if entry.asOf == matcher.changes.last {
                tally["hits", default: 0] += 1
            } else if entry.place >= 0 {
                let missed = matcher.changes.last - entry.asOf
                tally[missed <= min(8 * entry.visits, matcher.changes.kept) ? "caught up" : "anew", default: 0] += 1
            }
        }
        let before = matcher.remembered.count
        let found = matcher.channels(of: name).sorted()
        if found != wanted { note("\(name.text) reaches \(found), not \(wanted)") }
        if matcher.remembered.count < before { tally["evicted several", default: 0] += 1 }
        if before > 0, matcher.remembered.count == before, matcher.remembered.count == matcher.mostRemembered {
            tally["full", default: 0] += 1
        }
    }

    /// What must hold between any two steps.
    private mutating func check() {
        let entries = matcher.entries
        let limits = matcher.limits
        if matcher.remembered.count > matcher.mostRemembered { note("too many results") }
        if matcher.found > limits.channels { note("too many channels in the results") }
        if matcher.found != matcher.remembered.reduce(0, { $0 + entries[Int($1)].found }) {
            note("miscounted channels")
        }
        for (place, index) in matcher.remembered.enumerated() where entries[Int(index)].place != place {
            note("a result is not in its place")
        }
        for index in matcher.table.values where entries[Int(index)].place < 0 {
            if entries[Int(index)].found > 0 { note("a result that is not counted") }
            if entries[Int(index)].named == 0 { note("an entry for nothing") }
        }
        let named = Set(held.compactMap(\.pattern.topic))
        if Set(matcher.namedTopics) != named || matcher.namedCount != named.count { note("wrong names") }
        if matcher.patternCount != held.count(where: { !$0.pattern.isExact }) { note("miscounted patterns") }
    }

    private mutating func note(_ what: String) {
        if fault == nil { fault = "seed \(seed), step \(step): \(what)" }
    }

    private mutating func makeTopic() -> TopicName {
        var segments = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            ["a", "b", "", "$s", "ab"].randomElement(using: &random)!
        }
        if segments == [""] { segments = ["a"] }
        return topic(segments.joined(separator: "/"))
    }

    private mutating func makePattern() -> TopicPattern {
        if Int.random(in: 0..<4, using: &random) == 0 { return TopicPattern(makeTopic()) }
        var segments = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            ["a", "b", "", "$s", "ab", "*", "*", "*"].randomElement(using: &random)!
        }
        if segments.isEmpty || Bool.random(using: &random) { segments.append("**") }
        if segments == [""] { segments = ["*"] }
        return pattern(segments.joined(separator: "/"))
    }
}
