// Owns the order of some topics, kept while they come and go. Must never move all of them for one.

/// Topics in the order of their bytes, in parts of some hundred each: one that comes or goes moves its part only.
package struct OrderedTopics: Sendable {
    private var parts: [[TopicName]] = []

    /// A part that is longer than this becomes two.
    private static let longest = 512

    /// None.
    package init() {}

    /// Adds a topic that is not there.
    package mutating func insert(_ topic: TopicName) {
        if parts.isEmpty {
            parts.append([topic])
            return
        }
        let part = part(of: topic.text)
        let index = Self.index(of: topic.text, in: parts[part])
        parts[part].insert(topic, at: index)
        if parts[part].count > Self.longest {
            let half = parts[part].count / 2
            parts.insert(Array(parts[part][half...]), at: part + 1)
            parts[part].removeSubrange(half...)
        }
    }

    /// Takes a topic out, if it is there.
    package mutating func remove(_ topic: TopicName) {
        guard !parts.isEmpty else { return }
        let part = part(of: topic.text)
        let index = Self.index(of: topic.text, in: parts[part])
        guard index < parts[part].count, parts[part][index] == topic else { return }
        parts[part].remove(at: index)
        if parts[part].isEmpty { parts.remove(at: part) }
    }

    /// The first topics of a range, at most so many. O(log n), and what is found.
    package func topics(in range: TopicRange, most: Int) -> [TopicName] {
        var found: [TopicName] = []
        guard !parts.isEmpty else { return [] }
        let start = range.after ?? ""
        for part in parts[part(of: start)...] {
            for topic in part[Self.index(of: start, in: part)...] {
                // The range begins after its first name.
                if topic.text.hasBytes(of: start) { continue }
                guard range.contains(topic), found.count < most else { return found }
                found.append(topic)
            }
        }
        return found
    }

    /// The part in which a name is, or would be: the last that does not begin after it.
    private func part(of name: String) -> Int {
        var low = 0
        var high = parts.count
        while low < high {
            let middle = (low + high) / 2
            if TopicRange.precedes(name, parts[middle][0].text) { high = middle } else { low = middle + 1 }
        }
        return max(0, low - 1)
    }

    /// The index of the first topic in a part that is not before a name.
    private static func index(of name: String, in part: [TopicName]) -> Int {
        var low = 0
        var high = part.count
        while low < high {
            let middle = (low + high) / 2
            if TopicRange.precedes(part[middle].text, name) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
