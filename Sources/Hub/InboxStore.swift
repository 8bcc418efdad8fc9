// Owns the inboxes of a log in memory. Must never take more memory than it is given, whatever clients ask for.

/// All inboxes, in memory.
struct InboxStore {
    /// An inbox and the marks of single topics in it.
    private struct Stored {
        var record: InboxRecord
        var marks: [TopicName: Position] = [:]
        /// How many marks there were when those that were of no use any more were last dropped.
        var swept = 0
    }

    private var inboxes: [InboxUser: Stored] = [:]
    private var added = AddedPatterns()
    /// What the inboxes take, about.
    private var bytes = 0
    private let mostBytes: Int

    init(mostBytes: Int) { self.mostBytes = mostBytes }

    /// What is known of a user's inbox.
    func inbox(of user: InboxUser, kept: Range<Position>) -> Inbox {
        guard let stored = inboxes[user] else {
            return Inbox(record: InboxRecord(user), marks: [:], kept: kept)
        }
        var record = stored.record
        for index in record.patterns.indices {
            record.patterns[index].lost = added.lost(of: record.patterns[index].pattern)
        }
        return Inbox(record: record, marks: stored.marks, kept: kept)
    }

    /// Takes into account what retention let go of.
    mutating func letGo(of gone: [TopicName: Position]) {
        for (topic, position) in gone {
            if let user = InboxUser(owning: topic), let index = inboxes.index(forKey: user) {
                let mark = inboxes.values[index].marks[topic] ?? 0
                bytes -= inboxes.values[index].record.losses.bytes
                _ = inboxes.values[index].record.letGo(of: topic, at: position, topicMark: mark)
                bytes += inboxes.values[index].record.losses.bytes
            }
            added.letGo(of: topic, at: position)
        }
    }

    /// The topics of an inbox if these patterns were added to it; `nil` if nothing would change.
    func topics(of user: InboxUser, adding patterns: [TopicPattern]) -> InboxTopics? {
        let record = inboxes[user]?.record ?? InboxRecord(user)
        if record.patterns.map(\.pattern) == patterns { return nil }
        return InboxTopics(
            user: user, patterns: user.ownPatterns + patterns, revision: record.revision + 1)
    }

    /// Refuses patterns for which there is no room.
    func checkRoom(for patterns: [TopicPattern], of user: InboxUser) throws(HubError) {
        let present = inboxes[user]?.record.patterns.reduce(0) { $0 + Self.cost($1.pattern.text) }
        let more = patterns.reduce(Self.base) { $0 + Self.cost($1.text) } - (present.map { $0 + Self.base } ?? 0)
        guard more <= 0 || bytes + more <= mostBytes, added.hasRoom(for: patterns) else { throw Self.full }
    }

    /// Has an inbox take the place of what it was, even if it is the same.
    ///
    /// - Parameters:
    ///   - patterns: the patterns that are added to it.
    ///   - last: the last position.
    ///   - isUnread: tells whether a topic has an event between two positions.
    mutating func set(
        _ patterns: [TopicPattern], of user: InboxUser, at last: Position,
        isUnread: (TopicName, _ after: Position, _ through: Position) -> Bool
    ) {
        var stored = take(user)
        defer { inboxes[user] = stored }
        if stored.record.patterns.map(\.pattern) == patterns { return }
        let change = stored.record.replacePatterns(with: patterns, at: last)
        for pattern in change.added {
            added.insert(pattern)
            bytes += Self.cost(pattern.text)
        }
        for (topic, mark) in stored.record.marks(of: change.removed) where isUnread(topic, 0, mark) {
            keep(mark, of: topic, in: &stored, after: 0)
        }
        for gone in change.removed {
            added.remove(gone.pattern)
            bytes -= Self.cost(gone.pattern.text)
        }
    }

    /// An inbox, or all of one of its topics, was read up to a position.
    ///
    /// - Parameters:
    ///   - first: the position of the earliest event that is kept.
    ///   - isUnread: tells whether a topic has an event between two positions.
    mutating func acknowledge(
        _ topic: TopicName?, of user: InboxUser, through position: Position, first: Position,
        isUnread: (TopicName, _ after: Position, _ through: Position) -> Bool
    ) throws(HubError) {
        if inboxes[user] == nil { try checkRoom(for: [], of: user) }
        guard let topic else {
            var stored = take(user)
            bytes -= stored.record.losses.bytes
            stored.record.acknowledge(through: position)
            bytes += stored.record.losses.bytes
            sweep(&stored, through: max(stored.record.mark, first - 1))
            inboxes[user] = stored
            return
        }
        var record = inboxes[user]?.record ?? InboxRecord(user)
        let mark = inboxes[user]?.marks[topic]
        let present = try record.acknowledge(topic, through: position, topicMark: mark ?? 0)
        let isNews = present.map { isUnread(topic, $0, position) } ?? false
        if isNews, mark == nil, bytes + Self.cost(topic.text) > mostBytes { throw Self.full }
        var stored = take(user)
        bytes += record.losses.bytes - stored.record.losses.bytes
        stored.record = record
        if isNews { keep(position, of: topic, in: &stored, after: first - 1) }
        inboxes[user] = stored
    }

    // MARK: - What it takes

    private static let base = 512
    private static func cost(_ text: String) -> Int { text.utf8.count + 160 }

    private static let full = HubError(
        .unavailable,
        "the log in memory has no room for more in inboxes, which may take a quarter of --retain-bytes: raise that, or keep the log in a file"
    )

    /// The inbox of a user, a new one if there is none. It is to be put back.
    private mutating func take(_ user: InboxUser) -> Stored {
        if let index = inboxes.index(forKey: user) {
            // So that what is changed is not copied.
            var stored = Stored(record: InboxRecord(user))
            swap(&stored, &inboxes.values[index])
            return stored
        }
        bytes += Self.base
        return Stored(record: InboxRecord(user))
    }

    private mutating func keep(_ mark: Position, of topic: TopicName, in stored: inout Stored, after gone: Position) {
        if stored.marks.updateValue(mark, forKey: topic) == nil { bytes += Self.cost(topic.text) }
        // Now and then, so that each mark pays for its own going.
        if stored.marks.count >= 2 * stored.swept + 16 { sweep(&stored, through: max(gone, stored.record.mark)) }
    }

    /// Drops the marks that say nothing that the mark of all or retention does not say.
    private mutating func sweep(_ stored: inout Stored, through position: Position) {
        for (topic, mark) in stored.marks where mark <= position {
            stored.marks[topic] = nil
            bytes -= Self.cost(topic.text)
        }
        stored.swept = stored.marks.count
    }
}
