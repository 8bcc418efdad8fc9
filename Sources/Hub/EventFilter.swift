// Owns what a reader gets of what was asked for. Whoever reads by a filter needs no other check: it must never match an
// event that the reader may not read.

/// What a reader gets of what they asked for: the patterns that are wanted, narrowed to what may be read.
///
/// So an event that may not be read is never looked at for the reader, and nothing of it can be told from the size or
/// the time of an answer.
package struct EventFilter: Hashable, Sendable {
    /// Events match of which any of these matches a topic.
    package let patterns: [TopicPattern]
    /// Private events match only if any of these matches a topic; `nil` if they are the same.
    package let privatePatterns: [TopicPattern]?

    /// The most patterns that come of narrowing, unless more are wanted.
    package static let mostPatterns = 256
    /// The most bytes that these have, unless what is wanted has more: each segment takes a place in the board's trie.
    package static let mostBytes = 32 << 10
    /// Up to so many are looked through for those that say nothing new.
    private static let mostCompared = 64

    /// What somebody gets who may read everything.
    package init(_ wanted: [TopicPattern]) {
        self.init(patterns: wanted.eachOnce, privatePatterns: nil)
    }

    /// What somebody gets of some patterns.
    ///
    /// A pattern stays as it is if all that it matches may be read, so that readers of different rights are served
    /// together.
    ///
    /// - Throws: `HubError` of the code `.badTopic` if too many patterns come of it.
    package init(_ wanted: [TopicPattern], within access: ReadAccess) throws(HubError) {
        if access.isEverything {
            self = EventFilter(wanted)
            return
        }
        let wanted = wanted.eachOnce
        let most = max(Self.mostPatterns, wanted.count)
        let mostBytes = max(Self.mostBytes, wanted.reduce(0) { $0 + $1.text.utf8.count })
        var bytes = 0
        var readable: [TopicPattern] = []
        var seen: Set<TopicPattern> = []
        var isNarrowed = false
        for pattern in wanted {
            if access.covers(pattern) {
                if seen.insert(pattern).inserted { readable.append(pattern) }
                continue
            }
            isNarrowed = true
            for allowed in access.patterns {
                guard let common = pattern.intersection(allowed), seen.insert(common).inserted else { continue }
                readable.append(common)
                bytes += common.text.utf8.count
                guard readable.count <= most, bytes <= mostBytes else { throw Self.tooMany }
            }
        }
        if isNarrowed { readable = Self.needed(of: readable) }
        guard isNarrowed, access.isPublicReadable else {
            self.init(patterns: readable, privatePatterns: nil)
            return
        }
        let all = wanted.filter { !$0.isReserved } + readable.filter(\.isReserved)
        self.init(patterns: all, privatePatterns: all == readable ? nil : readable)
    }

    private init(patterns: [TopicPattern], privatePatterns: [TopicPattern]?) {
        self.patterns = patterns
        self.privatePatterns = privatePatterns
    }

    private static let tooMany = HubError(
        .badTopic,
        "what is asked for and the topics that you may read overlap in more than \(mostPatterns) ways: ask for fewer topics"
    )

    /// Leaves out what others match anyway.
    private static func needed(of patterns: [TopicPattern]) -> [TopicPattern] {
        guard patterns.count > 1, patterns.count <= mostCompared else { return patterns }
        // Of two that are not the same no more than one covers the other.
        return patterns.filter { pattern in !patterns.contains { $0 != pattern && $0.covers(pattern) } }
    }

    /// Whether no event can ever match.
    package var isEmpty: Bool { patterns.isEmpty }

    /// Whether it has no wildcard.
    package var isExact: Bool { patterns.allSatisfy(\.isExact) }

    /// The topics, each with whether private events match on it; `nil` if there is a wildcard.
    package var exactTopics: [(name: TopicName, showsPrivate: Bool)]? {
        guard isExact else { return nil }
        let shown = privatePatterns.map(Set.init)
        return patterns.compactMap { pattern in
            pattern.topic.map { ($0, shown?.contains(pattern) ?? true) }
        }
    }

    /// So many private events at most are passed over in a step that follows the lists of topics.
    package static let passedAStep = 1024

    /// Whether an event of some topics matches.
    package func matches(_ topics: OneOrMore<TopicName>, isPrivate: Bool) -> Bool {
        (isPrivate ? privatePatterns ?? patterns : patterns).match(topics)
    }

    /// Whether an event matches.
    package func matches(_ event: LoggedEvent) -> Bool {
        matches(event.draft.topics, isPrivate: event.draft.isPrivate)
    }

    /// Whether private events match on a topic on which others do.
    package func showsPrivate(on topic: TopicName) -> Bool {
        privatePatterns?.contains { $0.matches(topic) } ?? true
    }

    /// How many events a step that looks for wildcards examines: a quarter of a millisecond, or less.
    package var eventsAStep: Int { max(8, 2048 / max(1, patterns.count, privatePatterns?.count ?? 0)) }
}
