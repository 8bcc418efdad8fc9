// Owns the walk over the lists of several topics at once. An event that is on several of them must come once.

/// The positions of some topics' events, in memory, followed as if they were one list.
struct TopicLists {
    /// A topic's positions.
    private struct List {
        let positions: Ring<Position>
        let showsPrivate: Bool
        /// The index of what comes next, or on the way back the one after it.
        var index = 0
    }

    private var lists: [List] = []

    /// A position, and whether one of the topics there shows private events.
    typealias Step = (position: Position, showsPrivate: Bool)

    /// Puts together the lists that there are.
    init(_ topics: [(name: TopicName, showsPrivate: Bool)], of list: (TopicName) -> Ring<Position>?) {
        for topic in topics {
            if let positions = list(topic.name) {
                lists.append(List(positions: positions, showsPrivate: topic.showsPrivate))
            }
        }
    }

    /// Puts the walk behind a position, from where it can go both ways.
    mutating func go(behind position: Position) {
        for which in lists.indices { lists[which].index = lists[which].positions.firstIndex(above: position) }
    }

    /// The next position, behind which the walk is then.
    mutating func next() -> Step? {
        var next = Int.max
        for which in lists.indices where lists[which].index < lists[which].positions.count {
            next = min(next, lists[which].positions[lists[which].index])
        }
        guard next < .max else { return nil }
        var showsPrivate = false
        for which in lists.indices
        where lists[which].index < lists[which].positions.count && lists[which].positions[lists[which].index] == next {
            lists[which].index += 1
            if lists[which].showsPrivate { showsPrivate = true }
        }
        return (next, showsPrivate)
    }

    /// The position that the walk is behind, before which it is then.
    mutating func previous() -> Step? {
        var previous = 0
        for which in lists.indices where lists[which].index > 0 {
            previous = max(previous, lists[which].positions[lists[which].index - 1])
        }
        guard previous > 0 else { return nil }
        var showsPrivate = false
        for which in lists.indices
        where lists[which].index > 0 && lists[which].positions[lists[which].index - 1] == previous {
            lists[which].index -= 1
            if lists[which].showsPrivate { showsPrivate = true }
        }
        return (previous, showsPrivate)
    }
}
