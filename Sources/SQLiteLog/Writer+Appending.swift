// Owns how publications become events on disk. The rules for publishers' ids are those of the log in memory.

import Hub
import Synchronization
import TimerWheel

extension Writer {
    /// Commits what was collected, answers everybody, and empties the list.
    func commit(_ group: inout [WriterLetter.Append]) {
        guard let last = group.last else { return }
        let appends = group
        group = []
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
                // A little more than came in: old events go in small steps, and faster than new ones come.
                let added = fresh.reduce(0) { $0 + $1.footprint }
                try letGo(at: last.clock.now + shared.offset, events: fresh.count + 64, bytes: added * 2)
            }
        } catch {
            for append in appends { append.refuse(error) }
            return
        }
        publish(fresh)
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
        if publication.hasOwnIDs, let refusal = try refusal(of: publication) { return .refused(refusal) }
        let before = mark.last
        let first = try id(of: publication.drafts[0], of: publication, at: clock, into: &fresh)
        var others: [String] = []
        for draft in publication.drafts.dropFirst() {
            others.append(try id(of: draft, of: publication, at: clock, into: &fresh))
        }
        let ids = OneOrMore(first, others)
        return mark.last > before ? .committed(ids) : .repeated(ids)
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
        _ = try insert.step()
        insert.reset()
        if let id = event.draft.id {
            statements.insertID.bind(id, at: 1)
            statements.insertID.bind(event.position, at: 2)
            _ = try statements.insertID.step()
            statements.insertID.reset()
        }
    }

    private func position(of id: String) throws(SQLiteLogError) -> Position? {
        let find = statements.findID
        find.bind(id, at: 1)
        let position = try find.step() ? find.int(0) : nil
        find.reset()
        return position
    }

    private func event(at position: Position) throws(SQLiteLogError) -> LoggedEvent {
        let row = statements.event
        row.bind(position, at: 1)
        guard try row.step() else {
            throw SQLiteLogError(.failed, "the file is damaged (an id is there without its event)")
        }
        let event = try EventRow.event(of: row, shared.epochs)
        row.reset()
        return event
    }

    /// Why a publication is not taken, as a whole, when one of its ids is not to be had.
    private func refusal(of publication: Publication) throws(SQLiteLogError) -> HubError? {
        try publication.refusal(
            epoch: { id in
                // A publisher's must not look as if the hub had given it, in this epoch or in one before.
                guard let dash = id.utf8.firstIndex(of: UInt8(ascii: "-")) else { return presentEpoch }
                let beginning = String(id[..<dash])
                return shared.epochs.contains(beginning) ? beginning : presentEpoch
            },
            known: { (id) throws(SQLiteLogError) in
                guard let position = try position(of: id) else { return nil }
                return try event(at: position)
            })
    }

    private var presentEpoch: String { shared.epochs.name(at: mark.last + 1) }
}
