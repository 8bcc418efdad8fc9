// Owns how old events leave the file, a few at a time, and how the file gives their room back.

import Hub
import Synchronization
import TimerWheel

extension Writer {
    /// Room that nothing uses is given back once it is so many pages, and a quarter of the file.
    private static let roomPages = 1024
    private static let stepPages = 512

    /// Takes one step: what is too old goes. After trouble this finds out whether the disk takes anything again.
    func expire(at clock: Clock) {
        do throws(SQLiteLogError) {
            let isTrial = shared.state.withLock { $0.trouble != nil }
            try transaction { () throws(SQLiteLogError) in
                try letGoIfDue(at: clock.now + shared.offset, events: 4096, bytes: 0)
                // It has to write something to be a trial.
                if isTrial { try statements.setLast.run(mark.last) }
            }
            if isTrial { shared.state.withLock { $0.trouble = nil } }
            publish([])
            let hasRoom = try giveBackRoom()
            shared.state.withLock { $0.hasRoom = hasRoom }
        } catch {
            // The transaction has noted the cause.
        }
        shared.state.withLock { $0.isExpiring = false }
    }

    /// Lets go of so many events at most, or as many more as it takes to free so many bytes. What cannot be read cannot be
    /// let go of either: that is said, and whoever publishes in the same transaction does not pay for it.
    func letGoIfDue(at now: Milliseconds, events: Int, bytes: Int) throws(SQLiteLogError) {
        guard isDue(at: now) else { return }
        let before = mark
        try statements.beginStep.run()
        var trouble: String?
        do throws(SQLiteLogError) {
            try letGo(at: now, events: events, bytes: bytes)
        } catch {
            // With the whole transaction it is gone anyway.
            guard connection.isInTransaction else { throw error }
            connection.resetStatements()
            try statements.undoStep.run()
            mark = before
            trouble = error.description
        }
        try statements.endStep.run()
        let found = trouble
        shared.state.withLock { $0.retentionTrouble = found }
    }

    private func letGo(at now: Milliseconds, events: Int, bytes: Int) throws(SQLiteLogError) {
        var topics: [TopicName: Position] = [:]
        var ids: [(id: String, position: Position)] = []
        var ends: [(topic: TopicName, position: Position)] = []
        var count = 0
        let start = mark.gone
        let oldest = statements.oldest
        mark.oldest = nil
        while try oldest.step() {
            mark.oldest = oldest.int(2)
            guard isDue(at: now), count < events || mark.gone - start < bytes else { break }
            mark.oldest = nil
            mark.first = oldest.int(0) + 1
            mark.gone = oldest.int(1)
            count += 1
            let names = try EventRow.topics(of: oldest.text(3))
            for topic in names { topics[topic] = mark.first - 1 }
            if let id = oldest.optionalText(4) { ids.append((id, mark.first - 1)) }
            if !oldest.isNull(5) { ends += names.map { ($0, mark.first - 1) } }
        }
        oldest.reset()
        if count == 0 { return }
        if mark.oldest == nil {
            mark.first = mark.last + 1
            mark.gone = mark.total
        }
        let last = mark.first - 1
        try statements.delete.run(last)
        for topic in topics.keys {
            statements.deleteRuns.bind(topic.text, at: 1)
            statements.deleteRuns.bind(last, at: 2)
            _ = try statements.deleteRuns.step()
            statements.deleteRuns.reset()
        }
        for (id, position) in ids { try statements.deleteID.run(id, position) }
        for (topic, position) in ends { try statements.deleteEnd.run(topic.text, position) }
        if !ends.isEmpty { mark.hasEnds = try statements.anyEnd.number() != nil }
        try statements.deleteKeys.run(last)
        try tellInboxes(of: topics)
        // Otherwise the last event says it.
        if mark.count == 0 { try statements.setLast.run(mark.last) }
    }

    private func isDue(at now: Milliseconds) -> Bool {
        guard let oldest = mark.oldest else { return false }
        return shared.retention.isExceeded(count: mark.count, size: mark.bytes, oldest: now - oldest)
    }

    /// Gives some unused room back. Tells whether there is more.
    private func giveBackRoom() throws(SQLiteLogError) -> Bool {
        func isMuch() throws(SQLiteLogError) -> Bool {
            let free = try statements.freePages.number() ?? 0
            let all = try statements.pages.number() ?? 0
            return free >= Self.roomPages && free * 4 > all
        }
        guard try isMuch() else { return false }
        try connection.run("PRAGMA incremental_vacuum(\(Self.stepPages))")
        return try isMuch()
    }
}
