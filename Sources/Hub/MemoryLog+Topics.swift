// Owns what is told of topics. Must never hold the lock for longer than some thousand references take, however many
// topics there are.

import Synchronization

extension MemoryLog {
    package func topics(
        in range: TopicRange, after place: TopicPlace, through last: Position,
        completion: @escaping @Sendable (Result<TopicStep, HubError>) -> Void
    ) {
        if range.isOfUsers {
            completion(.success(usersTopics(in: range, after: place)))
            return
        }
        let position = if case .position(let position) = place { position } else { 0 }
        let (topics, events, next) = state.withLock {
            state -> (topics: [TopicName], events: [LoggedEvent], next: TopicPlace?) in
            if state.topics.count <= Self.fewTopics { return (Array(state.topics.keys), [], nil) }
            // A table cannot be read in parts while it changes. The events can, and name all topics.
            let from = max(position, state.first - 1)
            let end = max(from, min(from + 2048, last, state.last))
            return ([], (from..<end).map { state.event(at: $0 + 1) }, end < last ? .position(end) : nil)
        }
        var found = topics.filter(range.contains)
        for event in events { found += event.draft.topics.filter(range.contains) }
        completion(.success(TopicStep(topics: found, next: next)))
    }

    /// So many topics are read at once.
    private static var fewTopics: Int { 8192 }

    /// Those that lie below `users/` are in order: only what is asked for is looked at.
    private func usersTopics(in range: TopicRange, after place: TopicPlace) -> TopicStep {
        state.withLock { state in
            let start = if case .name(let name) = place { name } else { range.after }
            let rest = TopicRange(after: start, before: range.before)
            let topics = state.usersTopics.topics(in: rest, most: Self.namesAStep)
            return TopicStep(
                topics: topics,
                next: topics.count < Self.namesAStep ? nil : topics.last.map { .name($0.text) })
        }
    }

    private static var namesAStep: Int { 1024 }

    package func summaries(
        of topics: [TopicName], completion: @escaping @Sendable (Result<[TopicSummary?], HubError>) -> Void
    ) {
        let summaries: [TopicSummary?] =
            state.withLock { state in
                topics.map { topic in
                    guard let positions = state.topics[topic], let last = positions.last else { return nil }
                    return TopicSummary(topic: topic, events: positions.count, lastID: state.event(at: last).id)
                }
            }
        completion(.success(summaries))
    }
}
