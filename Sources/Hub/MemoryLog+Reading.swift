// Owns the finding of places and events in the record in memory. Must never compare patterns under the lock: that may
// take long.

import Synchronization

extension MemoryLog {
    package func read(_ request: ReadRequest, completion: @escaping @Sendable (Result<ReadPage, HubError>) -> Void) {
        let page = request.filter.exactTopics.map { readTopics($0, request) } ?? readPatterns(request)
        completion(.success(page))
    }

    /// Follows the lists of the topics, and so costs what it reads and not what is stored.
    private func readTopics(_ topics: [(name: TopicName, showsPrivate: Bool)], _ request: ReadRequest) -> ReadPage {
        state.withLock { state in
            let from = max(request.after, state.first - 1)
            let lost = from > request.after ? from : nil
            let through = min(request.through, state.last)
            var lists = TopicLists(topics) { state.topics[$0] }
            lists.go(behind: from)
            var page = PageBuilder(request)
            var cursor = from
            var passed = 0
            while !page.isFull, passed < EventFilter.passedAStep {
                guard let next = lists.next(), next.position <= through else {
                    return page.page(through: max(through, from), lost: lost)
                }
                cursor = next.position
                let event = state.event(at: cursor)
                if event.draft.isPrivate, !next.showsPrivate { passed += 1 } else { _ = page.add(event) }
            }
            return page.page(through: cursor, lost: lost)
        }
    }

    /// Examines some events one after the other, outside of the lock.
    private func readPatterns(_ request: ReadRequest) -> ReadPage {
        let (candidates, from, end) = state.withLock { state in
            let from = max(request.after, state.first - 1)
            let end = max(from, min(request.through, state.last, from + request.filter.eventsAStep))
            return ((from..<end).map { state.event(at: $0 + 1) }, from, end)
        }
        let lost = from > request.after ? from : nil
        var page = PageBuilder(request)
        for event in candidates where request.filter.matches(event) {
            if page.add(event) { return page.page(through: event.position, lost: lost) }
        }
        return page.page(through: end, lost: lost)
    }

    package func locate(
        _ request: LocateRequest, completion: @escaping @Sendable (Result<Location, HubError>) -> Void
    ) {
        let location: Location =
            switch request.start {
            case .now: Location(cursor: request.through)
            case .after(let id): resume(after: id, through: request.through)
            case .earliest: Location(cursor: state.withLock { min($0.first - 1, request.through) })
            case .last(let count):
                request.filter.exactTopics.map { step(towardsLast: count, of: $0, request) }
                    ?? step(towardsLast: count, request)
            case .ago(let age):
                Location(cursor: cursor(through: request.through) { $0.arrival < request.clock.now - age })
            case .since(let time): Location(cursor: cursor(through: request.through) { $0.latestTime < time })
            case .at(let position, let gap): Location(cursor: min(position, request.through), gap: gap)
            }
        completion(.success(location))
    }

    private func resume(after id: String, through: Position) -> Location {
        state.withLock { state in
            let earliest = min(state.first - 1, through)
            // It may lie beyond `through`, when another worker was quicker to tell it: what is up to it was had there.
            if let position = state.ownIDs[id] { return Location(cursor: position) }
            guard case .position(let epoch, let position) = EventID(id) else {
                return Location(cursor: earliest, gap: Gap(requested: id, reason: .unknown))
            }
            guard epoch == self.epoch else {
                // A publisher's own id may end in a number too.
                let reason: Gap.Reason = EventID.isEpoch(epoch, like: self.epoch) ? .epoch : .unknown
                return Location(cursor: earliest, gap: Gap(requested: id, reason: reason))
            }
            guard position <= state.last else {
                return Location(cursor: earliest, gap: Gap(requested: id, reason: .unknown))
            }
            guard position >= state.first - 1 else {
                return Location(cursor: earliest, gap: Gap(requested: id, reason: .expired))
            }
            return Location(cursor: position)
        }
    }

    /// The position before the first event that is not `tooOld`, which must hold for events up to some position and
    /// for none after it. O(log n).
    private func cursor(through: Position, _ tooOld: (LoggedEvent) -> Bool) -> Position {
        state.withLock { state in
            var low = 0
            var high = state.events.count
            while low < high {
                let middle = (low + high) / 2
                if tooOld(state.events[middle]) { low = middle + 1 } else { high = middle }
            }
            return min(state.first - 1 + low, through)
        }
    }

    /// Finds the position before the last `count` events of some topics. Follows the lists of the topics backwards.
    private func step(
        towardsLast count: Int, of topics: [(name: TopicName, showsPrivate: Bool)], _ request: LocateRequest
    ) -> Location {
        var progress =
            request.progress ?? LocateRequest.Progress(end: request.through, left: count, found: request.through)
        return state.withLock { state in
            var lists = TopicLists(topics) { state.topics[$0] }
            lists.go(behind: progress.end)
            var passed = 0
            while progress.left > 0 {
                guard let next = lists.previous() else { break }
                progress.end = next.position - 1
                if !next.showsPrivate, state.event(at: next.position).draft.isPrivate {
                    passed += 1
                    guard passed < EventFilter.passedAStep else {
                        var rest = request
                        rest.progress = progress
                        return Location(cursor: progress.end, next: rest)
                    }
                    continue
                }
                progress.found = next.position - 1
                progress.left -= 1
            }
            return Location(cursor: progress.found)
        }
    }

    /// Goes some way back towards the position before the last `count` events that match.
    private func step(towardsLast count: Int, _ request: LocateRequest) -> Location {
        var progress =
            request.progress ?? LocateRequest.Progress(end: request.through, left: count, found: request.through)
        if progress.left == 0 { return Location(cursor: request.through) }
        let (candidates, from, isAll) = state.withLock { state in
            let from = max(state.first - 1, progress.end - request.filter.eventsAStep)
            let end = max(from, min(progress.end, state.last))
            return ((from..<end).map { state.event(at: $0 + 1) }, from, from == state.first - 1)
        }
        for event in candidates.reversed() where request.filter.matches(event) {
            progress.left -= 1
            progress.found = event.position - 1
            if progress.left == 0 { return Location(cursor: progress.found) }
        }
        // There are fewer. What was found may expire before it is read: then a gap will say so.
        if isAll { return Location(cursor: progress.found) }
        progress.end = from
        var next = request
        next.progress = progress
        return Location(cursor: progress.end, next: next)
    }
}
