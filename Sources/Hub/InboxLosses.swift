// Owns what is remembered of unread events that retention let go of. Must never grow with their number, nor with that
// of their topics.

/// The unread events of a user's own topics that are gone: for each of a few topics the last one, and one position for
/// all others.
package struct InboxLosses: Sendable, Equatable {
    /// Something that is gone.
    private struct Loss: Sendable, Equatable {
        /// Of which topic; `nil` if of several.
        let topic: TopicName?
        /// The position of the last such event.
        var position: Position
    }

    private var list: [Loss] = []

    /// So many topics are told apart.
    package static let mostTopics = 16

    /// Nothing is gone.
    package init() {}

    /// Whether nothing is gone.
    package var isEmpty: Bool { list.isEmpty }

    /// Whether something is gone of a topic that is of interest; `nil` stands for several.
    func hold(_ isOfInterest: (TopicName?) -> Bool) -> Bool { list.contains { isOfInterest($0.topic) } }

    /// An unread event is gone. Tells whether that is news.
    package mutating func add(_ topic: TopicName, at position: Position) -> Bool {
        if let index = list.firstIndex(where: { $0.topic == topic }) {
            if list[index].position >= position { return false }
            list[index].position = position
            return true
        }
        if list.count(where: { $0.topic != nil }) == Self.mostTopics {
            list = [Loss(topic: nil, position: list.reduce(position) { max($0, $1.position) })]
        } else {
            list.append(Loss(topic: topic, position: position))
        }
        return true
    }

    /// All up to a position has been read, or is no longer missed.
    package mutating func clear(through position: Position) { list.removeAll { $0.position <= position } }

    /// The same, of one topic.
    package mutating func clear(_ topic: TopicName, through position: Position) {
        list.removeAll { $0.topic == topic && $0.position <= position }
    }

    /// What it takes, about.
    var bytes: Int { list.reduce(0) { $0 + 48 + ($1.topic?.text.utf8.count ?? 0) } }

    /// A line for each, of the position, a space and the topic; no topic holds a line feed.
    package var text: String {
        list.map { loss in "\(loss.position)" + (loss.topic.map { " \($0.text)" } ?? "") }.joined(separator: "\n")
    }

    /// Reads such lines; `nil` if they are something else.
    package init?(_ text: String) {
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
            guard let position = Int(Substring(parts[0])), position > 0 else { return nil }
            var topic: TopicName?
            if parts.count == 2 {
                guard let name = try? TopicName(String(Substring(parts[1]))) else { return nil }
                topic = name
            }
            list.append(Loss(topic: topic, position: position))
        }
    }
}
