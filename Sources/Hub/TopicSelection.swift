// Owns the choice of topics for a page. Must never hold more of them than a page needs, however many there are.

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
