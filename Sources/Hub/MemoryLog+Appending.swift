// Owns how events get into the record in memory, and out of it again. Takes the events of one publication all or none,
// and lets go of old ones a few at a time: no publish may wait for a long clean-up.

import Synchronization
import TimerWheel

extension MemoryLog {
    package func append(
        _ publications: [Publication], at clock: Clock, completion: @escaping @Sendable ([PublishOutcome]) -> Void
    ) {
        let (outcomes, isAnythingGone) = state.withLock { state in
            var fresh: [LoggedEvent] = []
            fresh.reserveCapacity(publications.count)
            var outcomes: [PublishOutcome] = []
            outcomes.reserveCapacity(publications.count)
            for index in publications.indices {
                outcomes.append(commit(publications[index], to: &state, at: clock, into: &fresh))
            }
            if !fresh.isEmpty {
                // In the lock, so that every follower gets every batch in the order of positions.
                let batch = Batch(fresh)
                for receive in state.followers { receive(batch) }
            }
            // A little more than came in: old events go in small steps, and faster than new ones come.
            let added = fresh.reduce(0) { $0 + $1.footprint }
            _ = expire(&state, at: clock, events: fresh.count + 64, bytes: added * 2)
            return (outcomes, !state.gone.isEmpty)
        }
        if isAnythingGone { tellInboxes() }
        completion(outcomes)
    }

    @discardableResult
    package func expire(at clock: Clock) -> Bool {
        let (isMoreDue, isAnythingGone) = state.withLock { state in
            (expire(&state, at: clock, events: 4096, bytes: 0), !state.gone.isEmpty)
        }
        if isAnythingGone { tellInboxes() }
        return isMoreDue
    }

    package func aging(at clock: Clock) -> Position {
        state.withLock { state in
            let count = state.events.count
            var low = 0
            var high = count
            while low < high {
                let middle = (low + high) / 2
                if clock.now - state.events[middle].arrival > retention.age / 2 {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return state.first - 1 + max(retention.countBeyondHalf(count: count, size: state.bytes), low)
        }
    }

    private func commit(
        _ publication: Publication, to state: inout State, at clock: Clock, into fresh: inout [LoggedEvent]
    ) -> PublishOutcome {
        if let key = publication.key, let ids = state.keys[key] {
            return publication.outcome(
                asRepeatOf: ids, known: { id in state.ownIDs[id].map { state.event(at: $0) } },
                at: { position in state.keeps(position) ? state.event(at: position) : nil })
        }
        if publication.needsJudgement(hasEnds: !state.ends.isEmpty) {
            let refusal = publication.refusal(
                epoch: { _ in epoch }, known: { id in state.ownIDs[id].map { state.event(at: $0) } },
                hasEnded: { topic in state.ends[topic] != nil })
            if let refusal { return .refused(refusal) }
        }
        let before = state.last
        let first = id(of: publication.drafts[0], of: publication, in: &state, at: clock, into: &fresh)
        var others: [String] = []
        if publication.drafts.count > 1 {
            others.reserveCapacity(publication.drafts.count - 1)
            for draft in publication.drafts.dropFirst() {
                others.append(id(of: draft, of: publication, in: &state, at: clock, into: &fresh))
            }
        }
        let ids = OneOrMore(first, others)
        guard state.last > before else { return .repeated(ids) }
        if let key = publication.key {
            state.keys[key] = ids
            state.keysAt[state.last] = key
            state.bytes += key.footprint(ids: ids.count)
        }
        return .committed(ids)
    }

    /// The id of a draft's event: the one that is there already by the publisher's own id, or a new one.
    private func id(
        of draft: Draft, of publication: Publication, in state: inout State, at clock: Clock,
        into fresh: inout [LoggedEvent]
    ) -> String {
        if let id = draft.id, state.ownIDs[id] != nil { return id }
        return add(draft, of: publication, to: &state, at: clock, into: &fresh)
    }

    /// Makes an event of a draft, and returns its id.
    private func add(
        _ draft: Draft, of publication: Publication, to state: inout State, at clock: Clock,
        into fresh: inout [LoggedEvent]
    ) -> String {
        let event = LoggedEvent(
            draft, position: state.last + 1, epoch: epoch, publisher: publication.user, clock: clock,
            latest: state.events.last)
        add(event, to: &state)
        fresh.append(event)
        return event.id
    }

    private func add(_ event: LoggedEvent, to state: inout State) {
        state.last = event.position
        state.events.append(event)
        state.bytes += event.footprint
        for topic in event.draft.topics {
            let count = state.topics[topic, default: Ring()].append(event.position)
            if count == 1, topic.isOfUsers { state.usersTopics.insert(topic) }
        }
        if let id = event.draft.id { state.ownIDs[id] = event.position }
        if event.draft.isEnd {
            for topic in event.draft.topics { state.ends[topic] = event.position }
        }
    }

    /// Lets go of so many events at most, or as many more as it takes to free so many bytes. Tells whether more is due.
    private func expire(_ state: inout State, at clock: Clock, events: Int, bytes: Int) -> Bool {
        var gone = 0
        var freed = 0
        while true {
            guard let oldest = state.events.first,
                retention.isExceeded(
                    count: state.events.count, size: state.bytes, oldest: clock.now - oldest.arrival)
            else { return false }
            if gone >= events && freed >= bytes { return true }
            gone += 1
            let bytes = state.bytes
            remove(oldest, from: &state)
            freed += bytes - state.bytes
        }
    }

    /// Lets go of the oldest event, and of all that lives as long as it.
    private func remove(_ oldest: LoggedEvent, from state: inout State) {
        state.events.popFirst()
        state.bytes -= oldest.footprint
        for topic in oldest.draft.topics {
            if oldest.draft.isEnd { state.ends[topic] = nil }
            if state.hasInboxes { state.gone[topic] = oldest.position }
            guard let index = state.topics.index(forKey: topic) else { continue }
            state.topics.values[index].popFirst()
            if state.topics.values[index].isEmpty {
                state.topics.remove(at: index)
                if topic.isOfUsers { state.usersTopics.remove(topic) }
            }
        }
        if let id = oldest.draft.id { state.ownIDs[id] = nil }
        if !state.keysAt.isEmpty, let key = state.keysAt.removeValue(forKey: oldest.position),
            let ids = state.keys.removeValue(forKey: key)
        {
            state.bytes -= key.footprint(ids: ids.count)
        }
    }
}
