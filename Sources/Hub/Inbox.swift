// Owns what a log tells of an inbox, and the words in which it is asked for counts.

/// A user's inbox as a log has it at one time.
package struct Inbox: Sendable {
    /// What is known of it.
    package let record: InboxRecord
    /// The marks of single topics.
    package let marks: [TopicName: Position]
    /// The positions that were kept then.
    package let kept: Range<Position>

    /// Puts the parts together.
    package init(record: InboxRecord, marks: [TopicName: Position], kept: Range<Position>) {
        self.record = record
        self.marks = marks
        self.kept = kept
    }

    /// Up to where a topic is read; `nil` if it is not in the inbox.
    package func mark(of topic: TopicName) -> Position? {
        record.mark(of: topic, topicMark: marks[topic] ?? 0)
    }

    /// What is unread of some topics, as far as they are in the inbox and may be read.
    func requests(for topics: [TopicName], within access: ReadAccess) -> [UnreadRequest] {
        topics.compactMap { topic in
            guard access.allows(topic, isPrivate: true) else { return nil }
            return mark(of: topic).map { UnreadRequest(topic: topic, after: $0) }
        }
    }

    /// Where the topics of the inbox are to be looked for: by name, and in ranges of names, none of which is a part of
    /// another.
    var places: (names: [TopicName], ranges: [TopicRange]) {
        var names = [record.user.topic]
        var prefixes = [record.user.prefix]
        for added in record.patterns {
            if let topic = added.pattern.topic { names.append(topic) } else { prefixes.append(added.pattern.prefix) }
        }
        var least: [String] = []
        for prefix in prefixes.sorted(by: { TopicRange.precedes($0, $1) })
        where least.last.map({ !prefix.utf8.starts(with: $0.utf8) }) ?? true {
            least.append(prefix)
        }
        // A range begins after its prefix, which is a topic too: its last segment is empty.
        names += least.filter { !$0.isEmpty }.map { TopicName(unchecked: $0) }
        return (names, least.map { TopicRange(below: $0) })
    }
}

extension TopicPattern {
    /// What all topics begin with that it matches: its segments up to the first wildcard, each with its slash.
    fileprivate var prefix: String {
        var end = text.utf8.startIndex
        for segment in TopicSegments(text) {
            if segment.hasBytes(of: "*") || segment.hasBytes(of: "**") { break }
            end = segment.endIndex < text.utf8.endIndex ? text.utf8.index(after: segment.endIndex) : segment.endIndex
        }
        return String(text[..<end])
    }
}

/// A topic, and after which position its events are unread.
package struct UnreadRequest: Sendable, Equatable {
    /// The topic.
    package let topic: TopicName
    /// Later events count.
    package var after: Position

    /// Puts the two together.
    package init(topic: TopicName, after: Position) {
        self.topic = topic
        self.after = after
    }
}

/// The unread events of a topic, counted.
package struct UnreadCount: Sendable, Equatable {
    /// How many there are.
    package var count: Int
    /// The position of the first of them.
    package var first: Position?

    /// Puts the two together.
    package init(count: Int = 0, first: Position? = nil) {
        self.count = count
        self.first = first
    }
}

/// What is unread in an inbox, as it is told to people.
package struct InboxSummary: Sendable, Equatable {
    /// How many events; one that is on several topics counts once.
    package let unread: Int
    /// The id of the first of them.
    package let first: String?
    /// Topics with unread events, in the order of their names.
    package let topics: [Topic]
    /// The name after which the next page begins; `nil` when there is none.
    package let next: String?
    /// Whether events are gone that were unread.
    package let hasGap: Bool
    /// The patterns that were added.
    package let patterns: [TopicPattern]

    /// What is unread of one topic.
    package struct Topic: Sendable, Equatable {
        /// The topic.
        package let topic: TopicName
        /// How many events.
        package let unread: Int
        /// The id of the first of them.
        package let first: String
    }
}
