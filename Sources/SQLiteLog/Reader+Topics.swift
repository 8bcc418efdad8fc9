// Owns what is told of topics from the file and the tail together. Must never read a topic's events for it.

import Hub
import Synchronization

extension Reader {
    /// So many names are told in a step.
    private static let stepNames = 1024

    /// Some names after the last step's, and where the next step begins.
    func topics(
        _ range: TopicRange, _ place: TopicPlace, _ tail: [TopicName]
    ) throws(SQLiteLogError) -> TopicStep {
        var found: [TopicName] = []
        var name = range.after ?? ""
        if case .name(let last) = place {
            name = last
        } else {
            // What is in memory only comes first. It may get into the index meanwhile: then it comes twice.
            found = tail.filter(range.contains)
        }
        let next = statements.nextTopic
        for _ in 0..<Self.stepNames {
            next.bind(name, at: 1)
            let text = try next.step() ? next.text(0) : nil
            next.reset()
            let topic = try text.flatMap { text throws(SQLiteLogError) in try EventRow.topics(of: text).first }
            guard let topic, range.contains(topic) else {
                return TopicStep(topics: found, next: nil)
            }
            name = topic.text
            found.append(topic)
        }
        return TopicStep(topics: found, next: .name(name))
    }

    /// What index and tail together know of topics.
    func summaries(
        _ topics: [TopicName], _ tail: [Tail.Summary], _ file: FileState
    ) throws(SQLiteLogError) -> [TopicSummary?] {
        var summaries: [TopicSummary?] = []
        for (topic, recent) in zip(topics, tail) {
            // Those that are in the index by now are counted there.
            let fresh =
                recent.positions.count - Tail.count(of: recent.positions, through: max(file.indexed, file.first - 1))
            let sums = statements.runSums
            sums.bind(topic.text, at: 1)
            _ = try sums.step()
            var count = sums.int(0)
            let first = sums.int(1)
            let last = sums.int(2)
            let isIndexed = !sums.isNull(1)
            sums.reset()
            if isIndexed, first < file.first {
                // The oldest run begins with what is gone.
                statements.runAround.bind(topic.text, at: 1)
                statements.runAround.bind(first, at: 2)
                if try statements.runAround.step() {
                    count -= Tail.count(
                        of: PositionList(from: first, statements.runAround.blob(2)).rest, through: file.first - 1)
                }
                statements.runAround.reset()
            }
            if count + fresh <= 0 {
                summaries.append(nil)
            } else if fresh > 0, let event = recent.last {
                summaries.append(TopicSummary(topic: topic, events: count + fresh, lastID: event.id))
            } else {
                summaries.append(TopicSummary(topic: topic, events: count, lastID: try id(at: last)))
            }
        }
        return summaries
    }

    /// Where topics ended.
    func ends(of topics: [TopicName]) throws(SQLiteLogError) -> [Position?] {
        var positions: [Position?] = []
        for topic in topics {
            statements.topicEnd.bind(topic.text, at: 1)
            positions.append(try statements.topicEnd.number())
        }
        return positions
    }

    func id(at position: Position) throws(SQLiteLogError) -> String {
        statements.eventID.bind(position, at: 1)
        let own = try statements.eventID.step() ? statements.eventID.optionalText(0) : nil
        statements.eventID.reset()
        return own ?? EventID.text(epoch: shared.epochs.name(at: position), position)
    }
}

extension Tail {
    /// A topic's events in the tail.
    struct Summary {
        let positions: [Position]
        let last: LoggedEvent?
    }

    func summary(of topic: TopicName) -> Summary {
        let positions = positions[topic] ?? []
        return Summary(positions: positions, last: positions.last.map { event(at: $0) })
    }
}
