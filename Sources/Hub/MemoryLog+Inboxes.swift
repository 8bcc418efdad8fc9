// Owns what users have yet to read, in memory. Must never compare patterns under the lock of the events.

import Synchronization

extension MemoryLog {
    package func change(_ change: InboxChange, completion: @escaping @Sendable (_ refusal: HubError?) -> Void) {
        let refusal = inboxes.withLock { store -> HubError? in
            state.withLock { $0.hasInboxes = true }
            let kept = bringUp(&store)
            do throws(HubError) {
                switch change.action {
                case .add(let patterns): try add(patterns, to: change.user, in: &store)
                case .acknowledge(let id, let topic):
                    let position = try position(read: EventID.withoutStop(id))
                    try store.acknowledge(
                        topic, of: change.user, through: position, first: kept.lowerBound, isUnread: hasEvents)
                }
                return nil
            } catch {
                return error
            }
        }
        completion(refusal)
    }

    package func inbox(of user: InboxUser, completion: @escaping @Sendable (Result<Inbox, HubError>) -> Void) {
        completion(
            .success(
                inboxes.withLock { store in
                    let kept = bringUp(&store)
                    return store.inbox(of: user, kept: kept)
                }))
    }

    /// Tells the inboxes what retention has let go of.
    func tellInboxes() { inboxes.withLock { _ = bringUp(&$0) } }

    /// Brings the inboxes up to what the events are. Returns the positions that are kept.
    private func bringUp(_ store: inout InboxStore) -> Range<Position> {
        let (gone, kept) = state.withLock { state in
            let gone = state.gone
            state.gone = [:]
            return (gone, state.first..<(state.last + 1))
        }
        store.letGo(of: gone)
        return kept
    }

    private func add(_ patterns: [TopicPattern], to user: InboxUser, in store: inout InboxStore) throws(HubError) {
        let patterns = InboxRecord.adding(patterns, to: user)
        try store.checkRoom(for: patterns, of: user)
        let topics = store.topics(of: user, adding: patterns)
        let last = state.withLock { state in
            // Where the followers are told is where the new patterns start.
            if let topics {
                let batch = Batch(topics)
                for receive in state.followers { receive(batch) }
            }
            return state.last
        }
        store.set(patterns, of: user, at: last, isUnread: hasEvents)
    }

    private func position(read id: String) throws(HubError) -> Position {
        let (own, last) = state.withLock { ($0.ownIDs[id], $0.last) }
        return try EventID.position(read: id, own: own, presentEpoch: epoch) { $0 == epoch ? last : nil }
    }

    /// Whether a topic has an event after one position and up to another.
    private func hasEvents(_ topic: TopicName, after start: Position, through end: Position) -> Bool {
        state.withLock { state in
            guard let positions = state.topics[topic] else { return false }
            let index = positions.firstIndex(above: start)
            return index < positions.count && positions[index] <= end
        }
    }

    package func count(
        _ requests: [UnreadRequest], through last: Position,
        completion: @escaping @Sendable (Result<[UnreadCount], HubError>) -> Void
    ) {
        completion(
            .success(
                state.withLock { state in
                    requests.map { request in
                        guard let positions = state.topics[request.topic] else { return UnreadCount() }
                        let start = positions.firstIndex(above: request.after)
                        let end = positions.firstIndex(above: last)
                        return start < end ? UnreadCount(count: end - start, first: positions[start]) : UnreadCount()
                    }
                }))
    }

    package func positions(
        of requests: [UnreadRequest], through last: Position,
        completion: @escaping @Sendable (Result<(found: [Position], left: [UnreadRequest]), HubError>) -> Void
    ) {
        let step = state.withLock { state in
            var found: [Position] = []
            var left = requests[...]
            while let request = left.first, found.count < Self.positionsAStep {
                left = left.dropFirst()
                guard let positions = state.topics[request.topic] else { continue }
                let start = positions.firstIndex(above: request.after)
                let end = positions.firstIndex(above: last)
                let stop = min(end, start + Self.positionsAStep - found.count)
                for index in start..<max(start, stop) { found.append(positions[index]) }
                if stop < end {
                    left = [UnreadRequest(topic: request.topic, after: positions[stop - 1])] + left
                }
            }
            return (found, Array(left))
        }
        completion(.success((found: step.0, left: step.1)))
    }

    private static var positionsAStep: Int { 4096 }

    package func ids(at positions: [Position], completion: @escaping @Sendable (Result<[String], HubError>) -> Void) {
        completion(
            .success(
                state.withLock { state in
                    positions.map { position in
                        position >= state.first && position <= state.last
                            ? state.event(at: position).id : EventID.text(epoch: epoch, position)
                    }
                }))
    }
}
