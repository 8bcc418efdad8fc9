// Owns a plain model of inboxes: every event there ever was, every mark there ever was, and all of it looked through for
// each answer.

import Hub
import Testing

/// What each user has read, beside all events.
struct InboxModel {
    struct Person {
        var mark: Position = 0
        var marks: [TopicName: Position] = [:]
        var added: [(pattern: TopicPattern, start: Position)] = []
        /// The unread events of the user's own topics that retention let go of.
        var lost: [(topic: TopicName, position: Position)] = []
    }

    var events: [(topics: Set<TopicName>, id: String)] = []
    var first: Position = 1
    /// Those who have said something.
    var people: [String: Person] = [:]

    private func start(_ topic: TopicName, _ user: String) -> Position? {
        let own = topic.text == "users/\(user)" || topic.text.hasPrefix("users/\(user)/")
        let starts = (people[user]?.added ?? []).filter { $0.pattern.matches(topic) }.map(\.start) + (own ? [0] : [])
        return starts.min()
    }

    func mark(_ topic: TopicName, _ user: String) -> Position? {
        start(topic, user).map { max($0, people[user]?.mark ?? 0, people[user]?.marks[topic] ?? 0) }
    }

    /// Retention has come so far.
    mutating func letGo(before first: Position) {
        for position in self.first..<max(first, self.first) {
            for topic in events[position - 1].topics {
                for user in people.keys
                where topic.text == "users/\(user)" || topic.text.hasPrefix("users/\(user)/") {
                    if position > max(people[user]!.mark, people[user]!.marks[topic] ?? 0) {
                        people[user]!.lost.append((topic, position))
                    }
                }
            }
        }
        self.first = max(first, self.first)
    }

    mutating func add(_ patterns: [TopicPattern], to user: String) {
        var person = people[user] ?? Person()
        var seen: Set<TopicPattern> = []
        person.added = patterns.filter {
            $0.text != "users/\(user)" && !$0.text.hasPrefix("users/\(user)/") && seen.insert($0).inserted
        }.map { pattern in
            (pattern, person.added.first { $0.pattern == pattern }?.start ?? events.count)
        }
        people[user] = person
    }

    /// Tells whether the topic is the user's.
    mutating func acknowledge(_ topic: TopicName?, _ user: String, through position: Position) -> Bool {
        if let topic {
            guard start(topic, user) != nil else { return false }
            people[user, default: Person()].marks[topic] = max(people[user]?.marks[topic] ?? 0, position)
            people[user]!.lost.removeAll { $0.topic == topic && $0.position <= position }
        } else {
            people[user, default: Person()].mark = max(people[user]?.mark ?? 0, position)
            people[user]!.lost.removeAll { $0.position <= position }
        }
        return true
    }

    /// The unread events by topic, and all of them.
    func unread(_ user: String) -> (topics: [TopicName: [Position]], all: Set<Position>) {
        var topics: [TopicName: [Position]] = [:]
        for position in first..<max(first, events.count + 1) {
            for topic in events[position - 1].topics {
                if let mark = mark(topic, user), position > mark { topics[topic, default: []].append(position) }
            }
        }
        return (topics, Set(topics.values.joined()))
    }

    /// Whether there must be a gap, and whether there may be one.
    func gap(_ user: String) -> (must: Bool, may: Bool) {
        guard let person = people[user] else { return (false, false) }
        var must = !person.lost.isEmpty
        var may = must
        for position in 1..<first {
            for topic in events[position - 1].topics {
                for added in person.added where added.pattern.matches(topic) {
                    guard position > max(added.start, person.mark) else { continue }
                    // What was read topic by topic may be taken for lost where a pattern has wildcards.
                    if !added.pattern.isExact { may = true }
                    if position > person.marks[topic] ?? 0 { must = true }
                }
            }
        }
        return (must, may || must)
    }

    /// Compares with what a log tells.
    func check(_ summary: InboxSummary, _ user: String, _ comment: Comment) {
        let (topics, all) = unread(user)
        #expect(summary.unread == all.count, comment)
        #expect(summary.first == all.min().map { events[$0 - 1].id }, comment)
        let wanted = topics.map { (topic: $0.key.text, positions: $0.value) }.sorted { $0.topic < $1.topic }
        #expect(summary.topics.map(\.topic.text) == wanted.map(\.topic), comment)
        #expect(summary.topics.map(\.unread) == wanted.map(\.positions.count), comment)
        #expect(summary.topics.map(\.first) == wanted.map { events[$0.positions[0] - 1].id }, comment)
        #expect(summary.patterns == people[user]?.added.map(\.pattern) ?? [], comment)
        let gap = gap(user)
        #expect(summary.hasGap ? gap.may : !gap.must, "\(comment) gap \(summary.hasGap), \(gap)")
        #expect(summary.next == nil, comment)
    }
}
