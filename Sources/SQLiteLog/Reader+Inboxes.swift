// Owns what is told of inboxes from the file and the tail together. Must never read an event to count it, nor what is
// not in the inbox.

import Hub
import Synchronization

extension Reader {
    /// So many positions are told in a step, and a few more.
    private static let stepPositions = 4096

    /// Answers a question about inboxes. Memory is looked at before the file: what moves from the one to the other in
    /// between is in both, not in neither.
    func answer(_ question: InboxQuestion) {
        switch question {
        case .inbox(let user, let completion):
            let kept = shared.state.withLock { $0.first..<($0.last + 1) }
            completion(
                attempt { reader, _ throws(SQLiteLogError) in
                    Inbox(
                        record: try reader.inboxes.record(of: user) ?? InboxRecord(user),
                        marks: try reader.inboxes.marks(of: user), kept: kept)
                })
        case .count(let requests, let last, let completion):
            let recent = recent(requests)
            completion(
                attempt { reader, file throws(SQLiteLogError) in
                    var counts: [UnreadCount] = []
                    for (request, recent) in zip(requests, recent) {
                        counts.append(try reader.count(request, through: last, recent, file))
                    }
                    return counts
                })
        case .positions(let requests, let last, let completion):
            let recent = recent(requests)
            completion(
                attempt { reader, file throws(SQLiteLogError) in
                    try reader.positions(requests, through: last, recent, file)
                })
        case .ids(let positions, let completion):
            completion(
                attempt { reader, _ throws(SQLiteLogError) in
                    var ids: [String] = []
                    for position in positions { ids.append(try reader.id(at: position)) }
                    return ids
                })
        }
    }

    /// The positions of topics in the tail.
    private func recent(_ requests: [UnreadRequest]) -> [[Position]] {
        shared.state.withLock { state in requests.map { state.tail.positions[$0.topic] ?? [] } }
    }

    /// Counts by the index, of which at most two runs are looked into, and by the tail.
    private func count(
        _ request: UnreadRequest, through last: Position, _ recent: [Position], _ file: FileState
    ) throws(SQLiteLogError) -> UnreadCount {
        let after = max(request.after, file.first - 1)
        var count = UnreadCount()
        func add(_ positions: [Position], after: Position) {
            let start = Tail.count(of: positions, through: after)
            let end = Tail.count(of: positions, through: last)
            guard start < end else { return }
            count.count += end - start
            count.first = min(count.first ?? .max, positions[start])
        }
        if after < min(file.indexed, last) {
            // The runs that lie across the one end and the other, then those in between.
            let low = try run(of: request.topic, around: after)
            add(low, after: after)
            let high = try run(of: request.topic, around: last)
            if let first = high.first, first > after, let end = high.last, end > last { add(high, after: after) }
            let sums = statements.runCounts
            sums.bind(request.topic.text, at: 1)
            sums.bind(after, at: 2)
            sums.bind(last, at: 3)
            _ = try sums.step()
            if !sums.isNull(1) {
                count.count += sums.int(0)
                count.first = min(count.first ?? .max, sums.int(1))
            }
            sums.reset()
        }
        // Those that are in the index by now were counted there.
        add(recent, after: max(after, file.indexed))
        return count
    }

    /// The positions of the last run of a topic that begins up to a position; none if there is no such run.
    private func run(of topic: TopicName, around position: Position) throws(SQLiteLogError) -> [Position] {
        let run = statements.runAround
        run.bind(topic.text, at: 1)
        run.bind(position, at: 2)
        defer { run.reset() }
        // Most often all of it lies before.
        guard try run.step(), run.int(1) > position else { return [] }
        return PositionList(from: run.int(0), run.blob(2)).rest
    }

    private func positions(
        _ requests: [UnreadRequest], through last: Position, _ recent: [[Position]], _ file: FileState
    ) throws(SQLiteLogError) -> (found: [Position], left: [UnreadRequest]) {
        var found: [Position] = []
        let indexed = min(last, file.indexed)
        for (index, request) in requests.enumerated() {
            if found.count >= Self.stepPositions { return (found, Array(requests[index...])) }
            let after = max(request.after, file.first - 1)
            if after < indexed {
                var runs = try TopicRuns(request.topic, after: after, statements)
                while let position = try runs.current(), position <= indexed {
                    if found.count >= Self.stepPositions {
                        let rest = UnreadRequest(topic: request.topic, after: position - 1)
                        return (found, [rest] + requests[(index + 1)...])
                    }
                    found.append(position)
                    runs.advance()
                }
            }
            // The tail has a few thousand at most.
            let start = Tail.count(of: recent[index], through: max(after, file.indexed))
            let end = Tail.count(of: recent[index], through: last)
            if start < end { found += recent[index][start..<end] }
        }
        return (found, [])
    }
}
