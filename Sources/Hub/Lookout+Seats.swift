// Owns what a lookout knows of its readers. Whatever happens here is under its lock: it must be short, and must never call
// anybody.

/// The readers of a lookout, each in a seat.
struct Seats: ~Copyable {
    var list: [Seat] = []
    private var vacant: [Int32] = []
    var matcher = TopicMatcher()
    private var inboxes: [InboxUser: [Int32]] = [:]
    /// The last position that went by while there was a reader.
    var through: Position = 0
    /// Whether nobody is to wait any more.
    var isClosed = false
    /// How often a reader was woken.
    var wakeCount = 0

    /// What is known of one reader.
    struct Seat {
        var patterns: [TopicPattern] = []
        /// All up to this position was read.
        var cursor: Position = 0
        /// The last position that matched.
        var last: Position = 0
        /// The first position after the cursor that matched, or one before it where that is not known.
        var unread: Position?
        /// Whose inbox is read, if it is one.
        var inbox: InboxUser?
        /// Which revision of the inbox's topics is followed; -1 while none is.
        var revision = -1
        /// The changes of its topics to which the reader has not come.
        var turns: [InboxTurn] = []
        /// Whether there is something to look at besides events.
        var isRoused = false
        /// Whom to wake.
        var waiting: (@Sendable () -> Void)?
    }

    /// So many changes of an inbox's topics are kept for a reader that has not come to them. Of more, those that come next
    /// hold earlier than they did.
    private static var mostTurns: Int { 8 }

    mutating func add(_ seat: Seat) -> Int32 {
        let slot = vacant.popLast() ?? Int32(list.count)
        if Int(slot) == list.count { list.append(seat) } else { list[Int(slot)] = seat }
        for pattern in seat.patterns { matcher.insert(pattern, channel: slot) }
        if let user = seat.inbox { inboxes[user, default: []].append(slot) }
        return slot
    }

    mutating func remove(_ slot: Int32) {
        let seat = list[Int(slot)]
        for pattern in seat.patterns { matcher.remove(pattern, channel: slot) }
        if let user = seat.inbox {
            inboxes[user]?.removeAll { $0 == slot }
            if inboxes[user]?.isEmpty == true { inboxes[user] = nil }
        }
        list[Int(slot)] = Seat()
        vacant.append(slot)
        // What very many readers took is given back when they are gone.
        if vacant.count == list.count {
            list = []
            vacant = []
        }
    }

    /// An event matches what a reader wants.
    mutating func note(_ position: Position, for slot: Int32, _ woken: inout [@Sendable () -> Void]) {
        let index = Int(slot)
        guard position > list[index].cursor, position > list[index].last else { return }
        list[index].last = position
        if list[index].unread == nil { list[index].unread = position }
        if let wake = list[index].waiting.take() { woken.append(wake) }
    }

    mutating func position(
        after cursor: Position, for slot: Int32, orElse wake: @escaping @Sendable () -> Void
    ) -> (after: Position, through: Position)? {
        let index = Int(slot)
        list[index].cursor = cursor
        if list[index].last > cursor {
            let unread = max(list[index].unread ?? 0, cursor + 1)
            list[index].unread = unread
            return (unread - 1, through)
        }
        list[index].unread = nil
        if list[index].isRoused || isClosed { return (cursor, cursor) }
        list[index].waiting = wake
        return nil
    }

    // MARK: - Inboxes

    /// The topics of an inbox are others from here on.
    mutating func turn(to topics: InboxTopics) {
        for slot in inboxes[topics.user] ?? [] {
            var seat = list[Int(slot)]
            guard topics.revision > seat.turns.last?.topics.revision ?? seat.revision else { continue }
            let isFollowing = seat.revision >= 0
            // Where nothing has matched there is nothing to which the topics of before would matter.
            if isFollowing, seat.unread == nil { seat.turns = [] }
            seat.turns.append(InboxTurn(position: through, topics: topics))
            if seat.turns.count > Self.mostTurns {
                seat.turns[1].position = seat.turns[0].position
                seat.turns.removeFirst()
            }
            if isFollowing { change(&seat, of: slot, to: topics.patterns) }
            list[Int(slot)] = seat
        }
    }

    mutating func follow(_ topics: InboxTopics, for slot: Int32) -> Position {
        var seat = list[Int(slot)]
        seat.revision = topics.revision
        seat.turns.removeAll { $0.topics.revision <= topics.revision }
        change(&seat, of: slot, to: (seat.turns.last?.topics ?? topics).patterns)
        // What has gone by was not compared with its patterns: any of it may be unread.
        seat.last = through
        seat.unread = 1
        list[Int(slot)] = seat
        return through
    }

    mutating func takeTurns(through cursor: Position, for slot: Int32) -> (topics: InboxTopics?, until: Position?) {
        let index = Int(slot)
        var topics: InboxTopics?
        while let turn = list[index].turns.first, turn.position <= cursor {
            topics = turn.topics
            list[index].revision = turn.topics.revision
            list[index].turns.removeFirst()
        }
        return (topics, list[index].turns.first?.position)
    }

    private mutating func change(_ seat: inout Seat, of slot: Int32, to patterns: [TopicPattern]) {
        let patterns = patterns.eachOnce
        let (old, new) = (Set(seat.patterns), Set(patterns))
        for pattern in seat.patterns where !new.contains(pattern) { matcher.remove(pattern, channel: slot) }
        for pattern in patterns where !old.contains(pattern) { matcher.insert(pattern, channel: slot) }
        seat.patterns = patterns
    }
}

/// A place in the log at which the topics of an inbox change.
package struct InboxTurn: Sendable {
    /// They hold for what comes after this position.
    package var position: Position
    /// What they are from there on.
    package let topics: InboxTopics
}
