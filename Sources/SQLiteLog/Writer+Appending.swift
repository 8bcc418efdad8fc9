// Owns how publications become events on disk. The rules for publishers' ids are those of the log in memory.

import Hub
import Synchronization
import TimerWheel

extension Writer {
    /// Commits what was collected, and answers everybody.
    func commit(_ group: CommitGroup) {
        if group.isEmpty { return }
        let appends = group.appends
        var inboxes = InboxGroup(letters: group.inboxes)
        var fresh: [LoggedEvent] = []
        var outcomes: [[PublishOutcome]] = []
        do throws(SQLiteLogError) {
            try transaction { () throws(SQLiteLogError) in
                for append in appends {
                    var some: [PublishOutcome] = []
                    some.reserveCapacity(append.publications.count)
                    for publication in append.publications {
                        some.append(try take(publication, at: append.clock, into: &fresh))
                    }
                    outcomes.append(some)
                }
                try change(&inboxes)
                guard let last = appends.last else { return }
                // A little more than came in: old events go in small steps, and faster than new ones come.
                let added = fresh.reduce(0) { $0 + $1.footprint }
                try letGoIfDue(at: last.clock.now + shared.offset, events: fresh.count + 64, bytes: added * 2)
            }
        } catch {
            for append in appends { append.refuse(error) }
            inboxes.refuse(error)
            return
        }
        countThoseWhoWait()
        publish(fresh)
        settle(inboxes)
        for (append, outcomes) in zip(appends, outcomes) { append.completion(outcomes) }
        index()
    }

    /// Brings memory to where the disk is, and hands new events on.
    func publish(_ fresh: [LoggedEvent]) {
        let followers = shared.state.withLock { state in
            for event in fresh { state.tail.append(event) }
            state.first = mark.first
            state.last = mark.last
            state.bytes = mark.bytes
            state.oldest = mark.oldest
            state.hasEnds = mark.hasEnds
            state.tail.drop(through: mark.first - 1)
            if fresh.isEmpty { return [] as [@Sendable (Batch) -> Void] }
            state.trouble = nil
            return state.followers
        }
        if fresh.isEmpty { return }
        let batch = Batch(fresh)
        for receive in followers { receive(batch) }
    }

    private func take(
        _ publication: Publication, at clock: Clock, into fresh: inout [LoggedEvent]
    ) throws(SQLiteLogError) -> PublishOutcome {
        do throws(SQLiteLogError) {
            if let outcome = try judgement(of: publication) { return outcome }
        } catch {
            // What cannot be read for one is not the others' fault, unless the whole transaction is gone.
            guard connection.isInTransaction else { throw error }
            connection.resetStatements()
            return .refused(error.refusal)
        }
        let before = mark.last
        // The first event bears what the key takes.
        let size = publication.key?.footprint(ids: publication.drafts.count) ?? 0
        mark.total += size
        let first = try id(of: publication.drafts[0], of: publication, at: clock, into: &fresh)
        var others: [String] = []
        for draft in publication.drafts.dropFirst() {
            others.append(try id(of: draft, of: publication, at: clock, into: &fresh))
        }
        let ids = OneOrMore(first, others)
        guard mark.last > before else {
            mark.total -= size
            return .repeated(ids)
        }
        if let key = publication.key {
            try add(key, of: before + 1...mark.last, size: size, ids)
        }
        return .committed(ids)
    }

    /// The id of a draft's event: the one that is there already by the publisher's own id, or a new one.
    private func id(
        of draft: Draft, of publication: Publication, at clock: Clock, into fresh: inout [LoggedEvent]
    ) throws(SQLiteLogError) -> String {
        if let id = draft.id, try position(of: id) != nil { return id }
        let now = max(clock.now + shared.offset, mark.arrival)
        let event = LoggedEvent(
            draft, position: mark.last + 1, epoch: presentEpoch, publisher: publication.user,
            clock: Clock(now: now, time: clock.time))
        try add(event)
        fresh.append(event)
        return event.id
    }

    private func add(_ event: LoggedEvent) throws(SQLiteLogError) {
        mark.last = event.position
        mark.total += event.footprint
        mark.arrival = event.arrival
        mark.latest = max(mark.latest, event.time)
        if mark.oldest == nil { mark.oldest = event.arrival }
        let insert = statements.insert
        insert.bind(event.position, at: 1)
        insert.bind(event.time, at: 2)
        insert.bind(event.arrival, at: 3)
        insert.bind(mark.latest, at: 4)
        insert.bind(mark.total, at: 5)
        insert.bind(EventRow.text(of: event.draft.topics), at: 6)
        insert.bind(event.draft.id, at: 7)
        insert.bind(event.draft.type, at: 8)
        insert.bind(event.draft.retry, at: 9)
        insert.bind(event.publisher, at: 10)
        insert.bind(event.draft.data, at: 11)
        insert.bind(EventRow.ends(event.draft), at: 12)
        insert.bind(EventRow.privacy(event.draft), at: 13)
        _ = try insert.step()
        insert.reset()
        if let id = event.draft.id { try statements.insertID.run(id, event.position) }
        if event.draft.isEnd {
            for topic in event.draft.topics { try statements.insertEnd.run(topic.text, event.position) }
            mark.hasEnds = true
        }
    }

    private func add(
        _ key: PublicationKey, of positions: ClosedRange<Position>, size: Int, _ ids: OneOrMore<String>
    ) throws(SQLiteLogError) {
        let insert = statements.insertKey
        insert.bind(key.scope, at: 1)
        insert.bind(key.text, at: 2)
        insert.bind(positions.lowerBound, at: 3)
        insert.bind(positions.upperBound, at: 4)
        insert.bind(size, at: 5)
        insert.bind(ids.joined(separator: "\n"), at: 6)
        _ = try insert.step()
        insert.reset()
    }
}
