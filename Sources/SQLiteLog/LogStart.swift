// Owns what happens between opening the file and the first event: where the log stands, how its clock goes on, and the
// name of a new epoch. What it costs must not grow with what is stored.

import Hub
import TimerWheel

/// A log as it is found, with a new epoch begun.
struct LogStart {
    let mark: Mark
    let indexed: Position
    let tail: Tail
    let epoch: String
    let epochs: Epochs
    /// What to add to the hub's clock for the log's own.
    let offset: Milliseconds

    /// So many epochs are remembered. Ids of older ones are answered with a gap that repeats.
    private static let mostEpochs = 10_000

    init(
        _ connection: Connection, clock: Clock, boot: String?, makeEpoch: () -> String
    ) throws(SQLiteLogError) {
        var known: [Epochs.Epoch] = []
        var before: Moment?
        let rows = try Statement(
            "SELECT name, first, time, now, arrival, boot FROM epochs ORDER BY number", on: connection)
        while try rows.step() {
            let name = rows.text(0)
            guard (1...32).contains(name.utf8.count), EventID.isEpoch(name, like: name), rows.int(1) > 0 else {
                throw SQLiteLogError(.failed, "the file is damaged (an epoch has no proper name)")
            }
            known.append(Epochs.Epoch(name: name, first: rows.int(1)))
            before = Moment(
                clock: Clock(now: rows.int(3), time: rows.int(2)), arrival: rows.int(4), boot: rows.optionalText(5))
        }
        rows.reset()

        let (found, lastTime) = try Self.mark(connection)
        var mark = found
        // Whatever is missing, no position is given twice.
        var indexed = try Statement("SELECT indexed FROM hub", on: connection).number() ?? 0
        mark.last = max(mark.last, indexed, (known.last?.first ?? 1) - 1)
        let arrival = Self.arrival(of: clock, boot: boot, after: before, mark, lastTime: lastTime)
        offset = arrival - clock.now

        let epoch = try Self.newName(connection, known, makeEpoch)
        let insert = try Statement(
            "INSERT INTO epochs (name, first, time, now, arrival, boot) VALUES (?, ?, ?, ?, ?, ?)", on: connection)
        insert.bind(epoch, at: 1)
        insert.bind(mark.last + 1, at: 2)
        insert.bind(clock.time, at: 3)
        insert.bind(clock.now, at: 4)
        insert.bind(arrival, at: 5)
        insert.bind(boot, at: 6)
        try connection.inTransaction { () throws(SQLiteLogError) in
            _ = try insert.step()
            insert.reset()
            try connection.run(
                "DELETE FROM epochs WHERE number <= (SELECT max(number) FROM epochs) - \(Self.mostEpochs)")
        }
        known.append(Epochs.Epoch(name: epoch, first: mark.last + 1))
        self.epoch = epoch
        epochs = Epochs(known)

        var events: [LoggedEvent] = []
        let newest = try Statement(
            "SELECT \(EventRow.columns) FROM events WHERE position > ? ORDER BY position", on: connection)
        newest.bind(indexed, at: 1)
        while try newest.step() { events.append(try EventRow.event(of: newest, epochs)) }
        newest.reset()
        let start = Self.startOfTail(in: events, mark)
        let first = start < events.count ? events[start].position : mark.last + 1
        if first != max(indexed + 1, mark.first) {
            // Somebody took events out of the file. The index may have holes, the tail has none.
            let index = try TopicIndex(connection)
            try connection.inTransaction { () throws(SQLiteLogError) in
                try index.add(events[..<start], through: first - 1)
            }
            indexed = first - 1
        }
        var tail = Tail()
        for event in events[start...] { tail.append(event) }
        self.indexed = indexed
        self.mark = mark
        self.tail = tail
    }

    /// Where those of the newest events begin that follow each other without a hole up to the last position.
    private static func startOfTail(in events: [LoggedEvent], _ mark: Mark) -> Int {
        var start = events.count
        while start > 0, events[start - 1].position == mark.last - (events.count - start) { start -= 1 }
        return start
    }

    /// How clocks stood at some moment.
    private struct Moment {
        let clock: Clock
        let arrival: Milliseconds
        let boot: String?
    }

    /// Where the events begin and end, and the time of the last one.
    private static func mark(_ connection: Connection) throws(SQLiteLogError) -> (Mark, Milliseconds?) {
        let empty = try Statement("SELECT last FROM hub", on: connection).number() ?? 0
        let last = try Statement(
            "SELECT position, total, arrival, latest, time FROM events ORDER BY position DESC LIMIT 1", on: connection)
        guard try last.step() else {
            let mark = Mark(
                first: empty + 1, last: empty, total: 0, gone: 0, oldest: nil, arrival: .min, latest: .min)
            return (mark, nil)
        }
        var mark = Mark(
            first: 0, last: last.int(0), total: last.int(1), gone: 0, oldest: nil, arrival: last.int(2),
            latest: last.int(3))
        let time = last.int(4)
        last.reset()
        let columns = EventRow.columns
        let first = try Statement(
            "SELECT \(columns), total FROM events ORDER BY position LIMIT 1", on: connection)
        guard try first.step() else { throw SQLiteLogError(.failed, "the file is damaged (it has no first event)") }
        mark.first = first.int(0)
        mark.oldest = first.int(2)
        // No epoch is needed for what an event takes.
        let event = try EventRow.event(of: first, Epochs([Epochs.Epoch(name: "x", first: 1)]))
        mark.gone = first.int(11) - event.footprint
        first.reset()
        let key = try Statement("SELECT first, size FROM keys ORDER BY position LIMIT 1", on: connection)
        if try key.step(), key.int(0) == mark.first { mark.gone -= key.int(1) }
        key.reset()
        mark.hasEnds = try Statement("SELECT 1 FROM ends LIMIT 1", on: connection).number() != nil
        return (mark, time)
    }

    /// The present time on the log's own clock, which goes on from where it was.
    private static func arrival(
        of clock: Clock, boot: String?, after before: Moment?, _ mark: Mark, lastTime: Milliseconds?
    ) -> Milliseconds {
        guard let before else { return clock.time }
        if let boot, boot == before.boot, clock.now >= before.clock.now {
            // The machine's clock has not stopped: nothing that people did to theirs matters.
            return max(before.arrival + clock.now - before.clock.now, mark.arrival)
        }
        // The machine was started anew, and only people's clock knows how long it was off.
        var (time, arrival) = (before.clock.time, before.arrival)
        if let lastTime, mark.arrival >= arrival { (time, arrival) = (lastTime, mark.arrival) }
        return arrival + max(0, clock.time - time)
    }

    /// A name that no epoch had, and with which no publisher's id begins.
    private static func newName(
        _ connection: Connection, _ known: [Epochs.Epoch], _ makeEpoch: () -> String
    ) throws(SQLiteLogError) -> String {
        let names = Set(known.map(\.name))
        let ids = try Statement("SELECT 1 FROM ids WHERE id >= ? AND id < ? LIMIT 1", on: connection)
        for _ in 0..<1000 {
            let name = makeEpoch()
            if names.contains(name) { continue }
            ids.bind(name + "-", at: 1)
            ids.bind(name + ".", at: 2)
            let isTaken = try ids.step()
            ids.reset()
            if !isTaken { return name }
        }
        throw SQLiteLogError(.failed, "no name is left for a new epoch")
    }
}
