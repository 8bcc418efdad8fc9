// Owns the finding of places and events in the record in memory. Must never compare patterns under the lock: that may
// take long.

import Synchronization

extension MemoryLog {
    /// How many events a step that looks for wildcards examines: a quarter of a millisecond, or less.
    private static func scan(_ patterns: [TopicPattern]) -> Int { max(64, 2048 / max(1, patterns.count)) }

    package func read(_ request: ReadRequest, completion: @escaping @Sendable (ReadPage) -> Void) {
        completion(request.patterns.allSatisfy(\.isExact) ? readTopics(request) : readPatterns(request))
    }

    /// Follows the lists of the topics, and so costs what it reads and not what is stored.
    private func readTopics(_ request: ReadRequest) -> ReadPage {
        state.withLock { state in
            let from = max(request.after, state.first - 1)
            let lost = from > request.after ? from : nil
            let through = min(request.through, state.last)
            var rings: [Ring<Position>] = []
            for pattern in request.patterns {
                if let topic = pattern.topic, let ring = state.topics[topic] { rings.append(ring) }
            }
            var indexes = rings.map { $0.firstIndex(above: from) }
            var events: [LoggedEvent] = []
            var bytes = 0
            var cursor = from
            while events.count < request.events && bytes < request.bytes {
                var next = Int.max
                for (ring, index) in zip(rings, indexes) where index < ring.count { next = min(next, ring[index]) }
                guard next <= through else {
                    return ReadPage(events: events, cursor: max(through, from), lostThrough: lost)
                }
                for which in rings.indices
                where indexes[which] < rings[which].count && rings[which][indexes[which]] == next {
                    indexes[which] += 1
                }
                let event = state.event(at: next)
                events.append(event)
                bytes += event.draft.size
                cursor = next
            }
            return ReadPage(events: events, cursor: cursor, lostThrough: lost)
        }
    }

    /// Examines some events one after the other, outside of the lock.
    private func readPatterns(_ request: ReadRequest) -> ReadPage {
        let (candidates, from, end) = state.withLock { state in
            let from = max(request.after, state.first - 1)
            let end = max(from, min(request.through, state.last, from + Self.scan(request.patterns)))
            return ((from..<end).map { state.event(at: $0 + 1) }, from, end)
        }
        var events: [LoggedEvent] = []
        var bytes = 0
        var cursor = end
        for event in candidates where Self.matches(event, request.patterns) {
            events.append(event)
            bytes += event.draft.size
            if events.count == request.events || bytes >= request.bytes {
                cursor = event.position
                break
            }
        }
        return ReadPage(events: events, cursor: cursor, lostThrough: from > request.after ? from : nil)
    }

    package func locate(_ request: LocateRequest, completion: @escaping @Sendable (Location) -> Void) {
        let location: Location =
            switch request.start {
            case .now: Location(cursor: request.through)
            case .after(let id): resume(after: id, through: request.through)
            case .earliest: Location(cursor: state.withLock { min($0.first - 1, request.through) })
            case .last(let count):
                request.patterns.allSatisfy(\.isExact)
                    ? Location(cursor: cursor(beforeLast: count, request)) : step(towardsLast: count, request)
            case .ago(let age):
                Location(cursor: cursor(through: request.through) { $0.arrival < request.clock.now - age })
            case .since(let time): Location(cursor: cursor(through: request.through) { $0.latestTime < time })
            }
        completion(location)
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

    /// The position before the last `count` events of some topics. Follows the lists of the topics backwards.
    private func cursor(beforeLast count: Int, _ request: LocateRequest) -> Position {
        state.withLock { state in
            let rings = request.patterns.compactMap { $0.topic.flatMap { state.topics[$0] } }
            // The index after the one that is next in each list.
            var ends = rings.map { $0.firstIndex(above: request.through) }
            var cursor = request.through
            for _ in 0..<min(count, state.events.count) {
                var next = 0
                for (ring, end) in zip(rings, ends) where end > 0 { next = max(next, ring[end - 1]) }
                if next == 0 { break }
                for which in rings.indices where ends[which] > 0 && rings[which][ends[which] - 1] == next {
                    ends[which] -= 1
                }
                cursor = next - 1
            }
            return cursor
        }
    }

    /// Goes some way back towards the position before the last `count` events that match.
    private func step(towardsLast count: Int, _ request: LocateRequest) -> Location {
        var progress =
            request.progress ?? LocateRequest.Progress(end: request.through, left: count, found: request.through)
        if progress.left == 0 { return Location(cursor: request.through) }
        let (candidates, from, isAll) = state.withLock { state in
            let from = max(state.first - 1, progress.end - Self.scan(request.patterns))
            let end = max(from, min(progress.end, state.last))
            return ((from..<end).map { state.event(at: $0 + 1) }, from, from == state.first - 1)
        }
        for event in candidates.reversed() where Self.matches(event, request.patterns) {
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

    private static func matches(_ event: LoggedEvent, _ patterns: [TopicPattern]) -> Bool {
        event.draft.topics.contains { topic in patterns.contains { $0.matches(topic) } }
    }
}
