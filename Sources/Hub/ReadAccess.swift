// Owns what a reader may read. Must never allow a topic on the word of another topic of the same event.

/// What a reader may read at all.
package struct ReadAccess: Hashable, Sendable {
    /// What may be read, private events too; those of the hub's own topics only if the reader may read these.
    package let patterns: [TopicPattern]
    /// Whether all other topics may be read as well, but for events that are private.
    package let isPublicReadable: Bool
    /// Whether there is nothing that may not be read.
    let isEverything: Bool

    /// For those who may read everything, the hub's own topics included.
    package static let everything = ReadAccess([], isPublicReadable: false, isEverything: true)
    /// For those who may read nothing.
    package static let nothing = ReadAccess([], isPublicReadable: false, isEverything: false)

    /// Puts the parts together.
    ///
    /// - Parameters:
    ///   - patterns: the topics of which everything may be read.
    ///   - isPublicReadable: whether events that are not private may be read on all topics.
    ///   - isAdmin: whether the hub's own topics may be read, as far as a pattern has their literal first segment.
    package init(patterns: [TopicPattern], isPublicReadable: Bool, isAdmin: Bool) {
        self.init(
            (isAdmin ? patterns : patterns.filter { !$0.isReserved }).eachOnce, isPublicReadable: isPublicReadable,
            isEverything: false)
    }

    private init(_ patterns: [TopicPattern], isPublicReadable: Bool, isEverything: Bool) {
        self.patterns = patterns
        self.isPublicReadable = isPublicReadable
        self.isEverything = isEverything
    }

    /// Whether an event on a topic may be read because of this topic.
    package func allows(_ topic: TopicName, isPrivate: Bool) -> Bool {
        if isEverything || (isPublicReadable && !isPrivate && !topic.isReserved) { return true }
        return patterns.contains { $0.matches(topic) }
    }

    /// Whether one pattern allows everything on the topics that another matches, private events too.
    package func covers(_ pattern: TopicPattern) -> Bool {
        isEverything || patterns.contains { $0.covers(pattern) }
    }

    /// Whether anything at all on some topic that a pattern matches may be read.
    package func allowsAny(of pattern: TopicPattern) -> Bool {
        (isPublicReadable && !pattern.isReserved) || meets(pattern)
    }

    /// Whether it allows everything on some topic that a pattern matches.
    func meets(_ pattern: TopicPattern) -> Bool {
        isEverything || patterns.contains { $0.meets(pattern) }
    }

    /// What may be read without regard to what is private: what somebody was given, and not what is there for all.
    package var own: ReadAccess {
        isPublicReadable ? ReadAccess(patterns, isPublicReadable: false, isEverything: isEverything) : self
    }

    /// What it comes to for the topics that an event is shown with; the hub's own are never among them.
    var ofEvents: ReadAccess {
        if patterns.contains(where: \.isEverything) { return .everything }
        return ReadAccess(
            patterns.filter { !$0.isReserved }, isPublicReadable: isPublicReadable, isEverything: isEverything)
    }
}

extension [TopicPattern] {
    /// The same without those that are there already.
    var eachOnce: [TopicPattern] {
        if count < 2 { return self }
        var seen: Set<TopicPattern> = []
        return filter { seen.insert($0).inserted }
    }
}
