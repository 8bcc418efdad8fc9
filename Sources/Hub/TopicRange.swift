// Owns the order of topics in lists, and the choice of those for a page. Must never hold more topics than a page needs,
// however many there are.

/// Topics between two names, in the order of their bytes; neither name is among them.
package struct TopicRange: Sendable {
    /// The name after which it begins; `nil` for the very first.
    package let after: String?
    /// The name before which it ends; `nil` when there is no end.
    package fileprivate(set) var before: String?

    /// All topics after a name.
    package init(after: String?) { self.after = after }

    /// Whether a topic is one of them.
    package func contains(_ topic: TopicName) -> Bool {
        if let after, !TopicRange.precedes(after, topic.text) { return false }
        if let before { return TopicRange.precedes(topic.text, before) }
        return true
    }

    /// Whether a name comes before another: the order of lists, which tells names apart that look the same.
    static func precedes(_ one: String, _ other: String) -> Bool {
        let one = one.utf8.span
        let other = other.utf8.span
        for index in 0..<min(one.count, other.count) where one[index] != other[index] {
            return one[index] < other[index]
        }
        return one.count < other.count
    }
}

/// The first so many topics after a name, chosen from topics that come in any order, and more than once.
package struct TopicSelection: Sendable {
    /// Where topics lie that may still be chosen.
    package private(set) var range: TopicRange
    private let most: Int
    private var chosen: Set<TopicName> = []

    /// An empty selection.
    ///
    /// - Parameters:
    ///   - after: the name after which topics are chosen.
    ///   - most: how many, at least one.
    package init(after: String?, most: Int) {
        range = TopicRange(after: after)
        self.most = most
    }

    /// Offers some topics. O(1) for each but for a few.
    package mutating func add(_ topics: [TopicName]) {
        for topic in topics where range.contains(topic) {
            chosen.insert(topic)
            if chosen.count >= 2 * most + 64 { narrow() }
        }
    }

    /// Those that were chosen, in order.
    package var topics: [TopicName] {
        Array(chosen.sorted { TopicRange.precedes($0.text, $1.text) }.prefix(most))
    }

    private mutating func narrow() {
        let first = topics
        chosen = Set(first)
        range.before = first.last?.text
        // The last one lies outside of the range now, but is chosen.
    }
}
