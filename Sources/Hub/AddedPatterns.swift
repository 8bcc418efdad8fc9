// Owns the patterns that inboxes have added, each once for all who have it. Must never do for an event what grows with
// the number of inboxes.

/// The different patterns that users have added to their inboxes, found by the topics that they match.
package struct AddedPatterns {
    private struct Entry {
        let pattern: TopicPattern
        var users: Int
        var lost: Position
    }

    private var matcher = TopicMatcher()
    private var places: [TopicPattern: Int32] = [:]
    private var entries: [Entry?] = []
    private var vacant: [Int32] = []
    /// The bytes of their texts.
    package private(set) var bytes = 0

    /// The most bytes that their texts may take together: each is in memory, whatever the log.
    package static let mostBytes = 32 << 20

    /// None.
    package init() {}

    /// Whether there is none.
    package var isEmpty: Bool { places.isEmpty }

    /// Whether there is room for one more of these, as far as they are new.
    package func hasRoom(for patterns: [TopicPattern]) -> Bool {
        patterns.reduce(bytes) { places[$1] == nil ? $0 + $1.text.utf8.count : $0 } <= Self.mostBytes
    }

    /// So many more users have a pattern.
    package mutating func insert(_ pattern: TopicPattern, users: Int = 1) {
        if let place = places[pattern] {
            entries[Int(place)]!.users += users
            return
        }
        let place = vacant.popLast() ?? Int32(entries.count)
        let entry = Entry(pattern: pattern, users: users, lost: 0)
        if Int(place) == entries.count { entries.append(entry) } else { entries[Int(place)] = entry }
        places[pattern] = place
        bytes += pattern.text.utf8.count
        matcher.insert(pattern, channel: place)
    }

    /// A user has a pattern no longer. Tells whether nobody has.
    @discardableResult
    package mutating func remove(_ pattern: TopicPattern) -> Bool {
        guard let place = places[pattern] else { return false }
        entries[Int(place)]!.users -= 1
        if entries[Int(place)]!.users > 0 { return false }
        matcher.remove(pattern, channel: place)
        places[pattern] = nil
        entries[Int(place)] = nil
        vacant.append(place)
        bytes -= pattern.text.utf8.count
        return true
    }

    /// Those that match a topic.
    package mutating func matching(_ topic: TopicName) -> [TopicPattern] {
        matcher.channels(of: topic).map { entries[Int($0)]!.pattern }
    }

    /// Retention let go of an event.
    mutating func letGo(of topic: TopicName, at position: Position) {
        for place in matcher.channels(of: topic) {
            entries[Int(place)]!.lost = max(entries[Int(place)]!.lost, position)
        }
    }

    /// The last position that retention let go of on a topic that a pattern matches.
    func lost(of pattern: TopicPattern) -> Position { places[pattern].map { entries[Int($0)]!.lost } ?? 0 }
}
