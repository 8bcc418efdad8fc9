// Owns the newest events in memory. Must never hold one that is not committed.

import Hub

/// The newest events, which the file's index of topics does not have yet, and where each topic's are among them.
struct Tail {
    /// The events, by position and without a gap.
    private(set) var events: [LoggedEvent] = []
    private(set) var positions: [TopicName: [Position]] = [:]
    /// Those of the topics that lie below `users/`, where inboxes look for theirs.
    private var usersTopics = OrderedTopics()
    /// What the events take.
    private(set) var bytes = 0

    mutating func append(_ event: LoggedEvent) {
        events.append(event)
        bytes += event.footprint
        for topic in event.draft.topics {
            if topic.isOfUsers, positions[topic] == nil { usersTopics.insert(topic) }
            positions[topic, default: []].append(event.position)
        }
    }

    /// The topics of a range, and perhaps others too.
    func topics(in range: TopicRange) -> [TopicName] {
        range.isOfUsers ? usersTopics.topics(in: range, most: .max) : Array(positions.keys)
    }

    /// Lets go of all up to a position.
    mutating func drop(through last: Position) {
        guard let first = events.first, first.position <= last else { return }
        let count = min(events.count, last - first.position + 1)
        for event in events[..<count] {
            bytes -= event.footprint
            for topic in event.draft.topics {
                guard let index = positions.index(forKey: topic), let first = positions.values[index].first,
                    first <= last
                else { continue }
                let gone = Self.count(of: positions.values[index], through: last)
                positions.values[index].removeFirst(gone)
                if positions.values[index].isEmpty {
                    positions.remove(at: index)
                    if topic.isOfUsers { usersTopics.remove(topic) }
                }
            }
        }
        events.removeFirst(count)
    }

    /// How many of some rising positions are not after `last`.
    static func count(of positions: [Position], through last: Position) -> Int {
        var low = 0
        var high = positions.count
        while low < high {
            let middle = (low + high) / 2
            if positions[middle] > last { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The event at a position, which must be here.
    func event(at position: Position) -> LoggedEvent { events[position - events[0].position] }
}
