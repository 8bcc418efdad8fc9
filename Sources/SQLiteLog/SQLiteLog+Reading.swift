// Owns which questions memory can answer. Must never compare patterns under the lock, nor leave a hole between what
// memory has and what the file's index has.

package import Hub
import Synchronization

extension SQLiteLog {
    package func read(
        _ request: ReadRequest, completion: @escaping @Sendable (Result<ReadPage, HubError>) -> Void
    ) {
        if let page = readTail(request) {
            completion(.success(page))
        } else if !reading.put(.read(request, completion)) {
            completion(.failure(SQLiteLogError.closed.readRefusal))
        }
    }

    /// Answers from memory if all that was asked for is there.
    private func readTail(_ request: ReadRequest) -> ReadPage? {
        let topics = request.filter.exactTopics
        let found = shared.state.withLock { state -> TailPage? in
            let from = max(request.after, state.first - 1)
            guard from >= state.indexed else { return nil }
            let lost = from > request.after ? from : nil
            let through = min(request.through, state.last)
            if let topics {
                return .page(state.tail.read(request, topics, from: from, through: through, lost: lost))
            }
            let end = max(from, min(through, from + request.filter.eventsAStep))
            guard end > from, let first = state.tail.events.first?.position else {
                return .page(ReadPage(events: [], cursor: end, lostThrough: lost))
            }
            return .candidates(state.tail.events[from + 1 - first...end - first], end: end, lost: lost)
        }
        switch found {
        case nil: return nil
        case .page(let page): return page
        case .candidates(let candidates, let end, let lost):
            var page = PageBuilder(request)
            for event in candidates where request.filter.matches(event) {
                if page.add(event) { return page.page(through: event.position, lost: lost) }
            }
            return page.page(through: end, lost: lost)
        }
    }

    private enum TailPage {
        case page(ReadPage)
        case candidates(ArraySlice<LoggedEvent>, end: Position, lost: Position?)
    }

    package func locate(
        _ request: LocateRequest, completion: @escaping @Sendable (Result<Location, HubError>) -> Void
    ) {
        if let location = locateInMemory(request) {
            completion(.success(location))
        } else if !reading.put(.locate(request, completion)) {
            completion(.failure(SQLiteLogError.closed.readRefusal))
        }
    }

    private func locateInMemory(_ request: LocateRequest) -> Location? {
        switch request.start {
        case .now: return Location(cursor: request.through)
        case .earliest: return Location(cursor: shared.state.withLock { min($0.first - 1, request.through) })
        case .after(let id):
            // No publisher's own id looks like one of an epoch that is known.
            guard case .position(let epoch, let position) = EventID(id), shared.epochs.contains(epoch) else {
                return nil
            }
            return shared.location(of: position, in: epoch, id, through: request.through)
        case .last(let count): return stepTowardsLast(count, request)
        case .ago, .since: return nil
        case .at(let position, let gap): return Location(cursor: min(position, request.through), gap: gap)
        }
    }

    /// Goes through the tail towards the position before the last `count` events that match.
    private func stepTowardsLast(_ count: Int, _ request: LocateRequest) -> Location? {
        var search = request.progress ?? .init(end: request.through, left: count, found: request.through)
        if search.left <= 0 { return Location(cursor: search.found) }
        let size = request.filter.eventsAStep
        let step = shared.state.withLock { state -> (events: ArraySlice<LoggedEvent>, from: Position, isAll: Bool)? in
            let bottom = max(state.indexed, state.first - 1)
            guard let first = state.tail.events.first?.position, search.end > bottom else {
                return state.first > state.indexed ? ([], bottom, true) : nil
            }
            let from = max(bottom, search.end - size)
            let end = max(from, min(search.end, state.last))
            return (state.tail.events[(from + 1 - first)..<(end + 1 - first)], from, from == state.first - 1)
        }
        guard let step else { return nil }
        for event in step.events.reversed() where request.filter.matches(event) {
            search.left -= 1
            search.found = event.position - 1
            if search.left == 0 { return Location(cursor: search.found) }
        }
        // There are fewer. What was found may expire before it is read: then a gap will say so.
        if step.isAll { return Location(cursor: search.found) }
        search.end = step.from
        var next = request
        next.progress = search
        return Location(cursor: search.end, next: next)
    }

    package func topics(
        in range: TopicRange, after place: TopicPlace, through last: Position,
        completion: @escaping @Sendable (Result<TopicStep, HubError>) -> Void
    ) {
        if !reading.put(.topics(range, place, completion)) { completion(.failure(SQLiteLogError.closed.readRefusal)) }
    }

    package func summaries(
        of topics: [TopicName], completion: @escaping @Sendable (Result<[TopicSummary?], HubError>) -> Void
    ) {
        if !reading.put(.summaries(topics, completion)) { completion(.failure(SQLiteLogError.closed.readRefusal)) }
    }

    package func ends(
        of topics: [TopicName], completion: @escaping @Sendable (Result<[Position?], HubError>) -> Void
    ) {
        if !hasEnds {
            completion(.success(topics.map { _ in nil }))
        } else if !reading.put(.ends(topics, completion)) {
            completion(.failure(SQLiteLogError.closed.readRefusal))
        }
    }
}

extension Shared {
    /// Where a stream goes on that has seen a position of an epoch that is known.
    func location(of position: Position, in epoch: String, _ id: String, through: Position) -> Location {
        state.withLock { state in
            let earliest = min(state.first - 1, through)
            guard let end = epochs.end(of: epoch, last: state.last), position <= end else {
                return Location(cursor: earliest, gap: Gap(requested: id, reason: .unknown))
            }
            guard position >= state.first - 1 else {
                return Location(cursor: earliest, gap: Gap(requested: id, reason: .expired))
            }
            return Location(cursor: position)
        }
    }
}

extension Tail {
    /// The events of some topics, by the lists of the topics.
    func read(
        _ request: ReadRequest, _ topics: [(name: TopicName, showsPrivate: Bool)], from: Position, through: Position,
        lost: Position?
    ) -> ReadPage {
        var lists: [(positions: [Position], showsPrivate: Bool)] = []
        for topic in topics {
            if let list = positions[topic.name] { lists.append((list, topic.showsPrivate)) }
        }
        var indexes = lists.map { Tail.count(of: $0.positions, through: from) }
        var page = PageBuilder(request)
        while true {
            var next = Int.max
            for (list, index) in zip(lists, indexes) where index < list.positions.count {
                next = min(next, list.positions[index])
            }
            guard next <= through else { return page.page(through: max(through, from), lost: lost) }
            var showsPrivate = false
            for which in lists.indices
            where indexes[which] < lists[which].positions.count && lists[which].positions[indexes[which]] == next {
                indexes[which] += 1
                if lists[which].showsPrivate { showsPrivate = true }
            }
            let event = event(at: next)
            if event.draft.isPrivate, !showsPrivate { continue }
            if page.add(event) { return page.page(through: next, lost: lost) }
        }
    }
}
