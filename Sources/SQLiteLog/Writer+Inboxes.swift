// Owns how inboxes change on disk: in the same transactions as events, whose end nobody is answered before. What memory
// knows of patterns must never be ahead of the disk.

import Hub
import Synchronization

extension Writer {
    /// Does what is to be done about inboxes, in the open transaction.
    func change(_ group: inout InboxGroup) throws(SQLiteLogError) {
        if group.isEmpty { return }
        hasInboxes = true
        for letter in group.letters {
            let refusal: HubError?
            switch letter.change.action {
            case .add(let patterns): refusal = try add(patterns, to: letter.change.user, &group)
            case .acknowledge(let id, let topic): refusal = try acknowledge(id, topic, letter.change.user)
            }
            group.outcomes.append(refusal)
        }
    }

    /// It is on disk: brings memory there, has streams follow, and answers.
    func settle(_ group: InboxGroup) {
        if group.isEmpty { return }
        for (pattern, isAdded) in group.patterns {
            if isAdded { added.insert(pattern) } else { added.remove(pattern) }
        }
        let followers = group.topics.isEmpty ? [] : shared.state.withLock(\.followers)
        for topics in group.topics {
            let batch = Batch(topics)
            for receive in followers { receive(batch) }
        }
        for (letter, refusal) in zip(group.letters, group.outcomes) { letter.completion(refusal) }
    }

    private func add(
        _ patterns: [TopicPattern], to user: InboxUser, _ group: inout InboxGroup
    ) throws(SQLiteLogError) -> HubError? {
        let known = try inboxStatements.rows.record(of: user)
        var record = known ?? InboxRecord(user)
        let wanted = InboxRecord.adding(patterns, to: user)
        guard added.hasRoom(for: wanted) else {
            return HubError(
                .unavailable,
                "inboxes have added so many different patterns that there is no room for more: add patterns that others have too, or fewer"
            )
        }
        if record.patterns.map(\.pattern) == wanted {
            if known == nil { try inboxStatements.put(record) }
            return nil
        }
        let change = record.replacePatterns(with: wanted, at: mark.last)
        try inboxStatements.put(record)
        try inboxStatements.putPatterns(record)
        for pattern in change.added {
            try inboxStatements.run(inboxStatements.addUser, pattern)
            group.patterns.append((pattern, true))
        }
        for gone in change.removed {
            try inboxStatements.run(inboxStatements.removeUser, gone.pattern)
            try inboxStatements.run(inboxStatements.deleteUnused, gone.pattern)
            group.patterns.append((gone.pattern, false))
        }
        for (topic, position) in record.marks(of: change.removed)
        where try hasEvents(topic, after: mark.first - 1, through: position) {
            try inboxStatements.put(position, of: topic, user)
        }
        group.topics.append(record.topics)
        return nil
    }

    private func acknowledge(
        _ id: String, _ topic: TopicName?, _ user: InboxUser
    ) throws(SQLiteLogError) -> HubError? {
        let id = EventID.withoutStop(id)
        let own = try position(of: id)
        let known = try inboxStatements.rows.record(of: user)
        var record = known ?? InboxRecord(user)
        let topicMark = try topic.map { (topic) throws(SQLiteLogError) in
            try inboxStatements.rows.mark(of: topic, user)
        }
        let position: Position
        var after: Position?
        do throws(HubError) {
            position = try EventID.position(read: id, own: own, presentEpoch: shared.epochs.name(at: .max)) {
                shared.epochs.end(of: $0, last: mark.last)
            }
            if let topic {
                after = try record.acknowledge(topic, through: position, topicMark: topicMark ?? 0)
            } else {
                record.acknowledge(through: position)
            }
        } catch {
            return error
        }
        if let topic, let after, try hasEvents(topic, after: max(after, mark.first - 1), through: position) {
            try inboxStatements.put(position, of: topic, user)
        }
        if record == known { return nil }
        try inboxStatements.put(record)
        if topic == nil {
            let delete = inboxStatements.deleteMarks
            delete.bind(user.name, at: 1)
            delete.bind(record.mark, at: 2)
            try inboxStatements.finish(delete)
        } else if let index = record.patterns.firstIndex(where: { $0.pattern.topic == topic }) {
            let set = inboxStatements.setPatternMark
            set.bind(user.name, at: 1)
            set.bind(record.patterns[index].pattern.text, at: 2)
            set.bind(record.patterns[index].mark, at: 3)
            try inboxStatements.finish(set)
        }
        return nil
    }

    /// Whether a topic may have an event after one position and up to another: a mark for none would be of no use.
    private func hasEvents(
        _ topic: TopicName, after start: Position, through end: Position
    ) throws(SQLiteLogError) -> Bool {
        let (recent, last) = shared.state.withLock { ($0.tail.positions[topic] ?? [], $0.last) }
        // What is committed together with this is in neither yet: its publisher gave it the id.
        if end > last { return true }
        if Tail.count(of: recent, through: start) < Tail.count(of: recent, through: end) { return true }
        let run = inboxStatements.runBefore
        run.bind(topic.text, at: 1)
        run.bind(end, at: 2)
        defer { run.reset() }
        return try run.step() && run.int(0) > start
    }

    // MARK: - Retention

    /// Tells the inboxes of what retention lets go, in the open transaction.
    ///
    /// - Parameter gone: the last position of each topic that had events.
    func tellInboxes(of gone: [TopicName: Position]) throws(SQLiteLogError) {
        guard hasInboxes else { return }
        // Those that were looked up, whether they are there or not.
        var seen: Set<InboxUser> = []
        var records: [InboxUser: InboxRecord] = [:]
        var changed: Set<InboxUser> = []
        var lost: [TopicPattern: Position] = [:]
        for (topic, position) in gone {
            if let user = InboxUser(owning: topic) {
                if seen.insert(user).inserted { records[user] = try inboxStatements.rows.head(of: user) }
                if records[user] != nil {
                    let topicMark = try inboxStatements.rows.mark(of: topic, user)
                    if records[user]!.letGo(of: topic, at: position, topicMark: topicMark) { changed.insert(user) }
                }
            }
            if added.isEmpty { continue }
            for pattern in added.matching(topic) { lost[pattern] = max(lost[pattern] ?? 0, position) }
        }
        for user in changed { try inboxStatements.put(records[user]!) }
        for (pattern, position) in lost {
            inboxStatements.lose.bind(position, at: 2)
            try inboxStatements.run(inboxStatements.lose, pattern)
        }
        inboxStatements.deleteOldMarks.bind(mark.first, at: 1)
        try inboxStatements.finish(inboxStatements.deleteOldMarks)
    }
}
