// Owns the rules of inboxes: which topics are in one, what has been read, and what of it is gone. Marks must never go
// back. Where a record is kept is a log's affair.

/// A pattern that was added to an inbox.
package struct InboxPattern: Sendable, Equatable {
    /// The pattern.
    package let pattern: TopicPattern
    /// The last position when it was added: what came before is not unread by it.
    package let start: Position
    /// Up to where the topic was read, if the pattern is a topic's name.
    package var mark: Position
    /// The last position that retention let go of, on a topic that it matches.
    package var lost: Position

    /// Puts the parts together.
    package init(_ pattern: TopicPattern, start: Position, mark: Position = 0, lost: Position = 0) {
        self.pattern = pattern
        self.start = start
        self.mark = mark
        self.lost = lost
    }
}

/// What is known of a user's inbox, but for the marks of single topics: of those there may be many, and each is looked
/// up when it is needed.
package struct InboxRecord: Sendable, Equatable {
    /// Whose it is.
    package let user: InboxUser
    /// How often its topics were changed.
    package var revision = 0
    /// All up to this position has been read.
    package var mark: Position = 0
    /// What is gone of the user's own topics without having been read.
    package var losses = InboxLosses()
    /// The patterns that were added, each once; none lies below `users/U`.
    package var patterns: [InboxPattern] = []

    /// The inbox of somebody of whom nothing is known.
    package init(_ user: InboxUser) { self.user = user }

    /// What a stream of the inbox is subscribed to.
    package var topics: InboxTopics {
        InboxTopics(user: user, patterns: user.ownPatterns + patterns.map(\.pattern), revision: revision)
    }

    // MARK: - Marks

    /// Up to where a topic is read; `nil` if it is not in the inbox.
    ///
    /// - Parameters:
    ///   - topic: which topic.
    ///   - topicMark: its own mark, 0 if it has none.
    package func mark(of topic: TopicName, topicMark: Position) -> Position? {
        var start: Position? = user.owns(topic.text) ? 0 : nil
        var mark = max(mark, topicMark)
        for added in patterns where added.pattern.matches(topic) {
            start = min(start ?? .max, added.start)
            if added.pattern.isExact { mark = max(mark, added.mark) }
        }
        return start.map { max($0, mark) }
    }

    /// All up to a position has been read.
    package mutating func acknowledge(through position: Position) {
        mark = max(mark, position)
        losses.clear(through: position)
    }

    /// A topic has been read up to a position.
    ///
    /// - Returns: after which position that is news, if the topic's own mark is to be moved for it; `nil` if not.
    /// - Throws: `HubError` of the code `.foreignTopic` if the topic is not in the inbox.
    package mutating func acknowledge(
        _ topic: TopicName, through position: Position, topicMark: Position
    ) throws(HubError) -> Position? {
        guard let present = mark(of: topic, topicMark: topicMark) else {
            throw HubError(
                .foreignTopic,
                "the topic \"\(topic.text)\" is not in the inbox of \"\(user.name)\": name one of users/\(user.name), users/\(user.name)/** and the topics that PUT /inbox has added"
            )
        }
        losses.clear(topic, through: position)
        guard position > present else { return nil }
        // Here it outlives the topic's last event: what is lost of an added pattern is compared with it.
        if let index = patterns.firstIndex(where: { $0.pattern.topic == topic }) {
            patterns[index].mark = position
            return nil
        }
        return present
    }

    // MARK: - Patterns

    /// What came and went when the added patterns were replaced.
    package struct PatternChange: Sendable {
        /// Those that are new.
        package let added: [TopicPattern]
        /// Those that are no longer there.
        package let removed: [InboxPattern]
    }

    /// Those of some patterns that add something, each once.
    package static func adding(_ patterns: [TopicPattern], to user: InboxUser) -> [TopicPattern] {
        var seen: Set<TopicPattern> = []
        return patterns.filter { !user.owns($0.text) && seen.insert($0).inserted }
    }

    /// Replaces the added patterns, which `adding` gave. One that stays keeps where it started.
    ///
    /// - Parameter last: the last position, after which new ones start.
    package mutating func replacePatterns(with wanted: [TopicPattern], at last: Position) -> PatternChange {
        var left = Dictionary(patterns.map { ($0.pattern, $0) }) { first, _ in first }
        var added: [TopicPattern] = []
        patterns = wanted.map { pattern in
            if let known = left.removeValue(forKey: pattern) { return known }
            added.append(pattern)
            return InboxPattern(pattern, start: last)
        }
        revision += 1
        return PatternChange(added: added, removed: Array(left.values))
    }

    /// The marks of topics that were patterns until now, as far as they are still of use.
    package func marks(of removed: [InboxPattern]) -> [(topic: TopicName, mark: Position)] {
        removed.compactMap { gone in
            guard let topic = gone.pattern.topic, let present = mark(of: topic, topicMark: 0), gone.mark > present
            else { return nil }
            return (topic, gone.mark)
        }
    }

    // MARK: - What is gone

    /// Retention let go of an event on one of the user's own topics. Tells whether that changes the record.
    package mutating func letGo(of topic: TopicName, at position: Position, topicMark: Position) -> Bool {
        position > max(mark, topicMark) && losses.add(topic, at: position)
    }

    /// Whether something that was not read is gone, as far as it may be read. Of patterns with wildcards, and of more of the
    /// user's own topics than are told apart, it may be something else.
    package func hasGap(within access: ReadAccess) -> Bool {
        losses.hold { topic in
            topic.map { access.allows($0, isPrivate: true) } ?? user.ownPatterns.contains(where: access.meets)
        } || patterns.contains { $0.lost > max(mark, $0.start, $0.mark) && access.meets($0.pattern) }
    }
}

/// What the streams of an inbox are subscribed to, as of one revision.
package struct InboxTopics: Sendable, Equatable {
    /// Whose inbox it is.
    package let user: InboxUser
    /// All patterns, those of every inbox of the user included.
    package let patterns: [TopicPattern]
    /// Rises with each change.
    package let revision: Int

    /// Puts the parts together.
    package init(user: InboxUser, patterns: [TopicPattern], revision: Int) {
        self.user = user
        self.patterns = patterns
        self.revision = revision
    }
}
