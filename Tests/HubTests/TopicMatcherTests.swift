import HubSamples
import Testing

@testable import Hub

@Suite struct TopicMatcherTests {
    /// So little is remembered that results leave all the time.
    static let limits: [TopicMatcher.Limits] = [
        .init(topics: 5, channels: 40, changes: 4), .init(topics: 1, channels: 8, changes: 1),
        .init(topics: 0, channels: 0, changes: 0), .init(topics: 30, channels: 60, changes: 64),
    ]

    @Test(arguments: 0..<40)
    func `whatever comes and goes, a topic reaches just the channels that want it`(part: UInt64) {
        for seed in part * 10..<part * 10 + 10 {
            var world = MatcherWorld(seed: seed, limits: Self.limits[Int(seed % 4)])
            world.run(steps: 400)
            if let fault = world.fault {
                Issue.record("\(fault)")
                return
            }
        }
    }

    @Test func `the scripts reach what they are for`() {
        var tally: [String: Int] = [:]
        for seed in UInt64(0)..<100 {
            var world = MatcherWorld(seed: seed, limits: Self.limits[Int(seed % 4)])
            world.run(steps: 400)
            tally.merge(world.tally, uniquingKeysWith: +)
        }
        for what in ["hits", "caught up", "anew", "full", "evicted several"] {
            #expect(tally[what, default: 0] >= 50, "\(what): \(tally)")
        }
    }

    @Test func `results leave one by one, and those that are of use stay`() {
        var matcher = TopicMatcher(limits: .init(topics: 8, channels: 1000, changes: 16))
        matcher.insert(pattern("**"), channel: 1)
        for number in 0..<8 { _ = matcher.channels(of: topic("\(number)")) }
        #expect(matcher.remembered.count == 8)
        for number in 0..<4 { _ = matcher.channels(of: topic("\(number)")) }
        for number in 8..<12 {
            _ = matcher.channels(of: topic("\(number)"))
            #expect(matcher.remembered.count == 8)
        }
        for number in 0..<4 { #expect(matcher.table[topic("\(number)")] != nil) }
    }

    @Test func `a pattern that comes or goes takes no result away, and those that it matches are corrected`() {
        var matcher = TopicMatcher()
        matcher.insert(pattern("a/*"), channel: 1)
        let topics = (0..<100).map { topic($0 % 2 == 0 ? "a/\($0)" : "b/\($0)") }
        for topic in topics { _ = matcher.channels(of: topic) }
        matcher.insert(pattern("b/*"), channel: 2)
        #expect(matcher.remembered.count == 100)
        for (number, topic) in topics.enumerated() {
            #expect(matcher.channels(of: topic) == (number % 2 == 0 ? [1] : [2]))
        }
        matcher.remove(pattern("a/*"), channel: 1)
        #expect(matcher.remembered.count == 100)
        for (number, topic) in topics.enumerated() {
            #expect(matcher.channels(of: topic) == (number % 2 == 0 ? [] : [2]))
        }
    }

    @Test func `topics that are named have room for their results beside others`() {
        var matcher = TopicMatcher(limits: .init(topics: 2, channels: 1000, changes: 16))
        matcher.insert(pattern("*"), channel: 0)
        for number in 0..<50 { matcher.insert(pattern("\(number)"), channel: 1) }
        for number in 0..<52 { _ = matcher.channels(of: topic("\(number)")) }
        #expect(matcher.remembered.count == 52)
        for number in 0..<50 { matcher.remove(pattern("\(number)"), channel: 1) }
        #expect(matcher.remembered.count == 2)
    }

    @Test func `a result that takes more than its share is not remembered`() {
        var matcher = TopicMatcher(limits: .init(topics: 10, channels: 40, changes: 16))
        for channel in 0..<11 { matcher.insert(pattern("a/*"), channel: Int32(channel)) }
        for channel in 0..<10 { matcher.insert(pattern("b/*"), channel: Int32(channel)) }
        #expect(matcher.channels(of: topic("a/x")).count == 11)
        #expect(matcher.channels(of: topic("b/x")).count == 10)
        #expect(matcher.remembered.count == 1)
        // It grows past its share later.
        matcher.insert(pattern("b/*"), channel: 10)
        #expect(matcher.channels(of: topic("b/x")).count == 11)
        #expect(matcher.remembered.isEmpty)
        #expect(matcher.channels(of: topic("b/x")).count == 11)
    }

    @Test func `what very many topics took is given back`() {
        var matcher = TopicMatcher()
        for number in 0..<5000 { matcher.insert(pattern("\(number)"), channel: 1) }
        for number in 0..<5000 { matcher.remove(pattern("\(number)"), channel: 1) }
        #expect(matcher.entries.isEmpty)
        #expect(matcher.namedCount == 0)
    }
}
