// Owns a log in memory whose answers a test has at once.

import Synchronization
import Testing
import TimerWheel

@testable import Hub

/// A log and its clocks.
final class LogBench {
    let log: MemoryLog
    let queue = BatchQueue()
    var now: Milliseconds = 10_000_000
    var time: Milliseconds = 1_795_219_200_000

    init(events: Int = 1_000_000, age: Milliseconds = 1_000_000_000, bytes: Int = 1 << 40) {
        log = MemoryLog(epoch: "e1", retention: Retention(events: events, age: age, bytes: bytes))
        let tail = log.follow { [queue] in queue.add($0) }
        #expect(tail == 0)
    }

    var clock: Clock { Clock(now: now, time: time) }
    var kept: Range<Position> { log.kept }

    @discardableResult
    func append(_ publications: [Publication]) -> [PublishOutcome] {
        let outcomes = Mutex<[PublishOutcome]>([])
        log.append(publications, at: clock) { result in outcomes.withLock { $0 = result } }
        return outcomes.withLock(\.self)
    }

    @discardableResult
    func append(_ drafts: Draft..., user: String? = nil) -> PublishOutcome {
        append([Publication(drafts, user: user)])[0]
    }

    func locate(_ start: Start, _ patterns: [String] = ["**"], through: Position? = nil) -> Location {
        let found = Mutex<Location?>(nil)
        let request = LocateRequest(
            patterns: patterns.map(pattern), start: start, through: through ?? kept.upperBound - 1, clock: clock)
        log.locate(request) { location in found.withLock { $0 = location } }
        return found.withLock(\.self)!
    }

    func read(
        _ patterns: [TopicPattern], after: Position = 0, through: Position = .max, events: Int = 1000,
        bytes: Int = 1 << 30
    ) -> ReadPage {
        let found = Mutex<ReadPage?>(nil)
        log.read(ReadRequest(patterns: patterns, after: after, through: through, events: events, bytes: bytes)) {
            page in found.withLock { $0 = page }
        }
        return found.withLock(\.self)!
    }

    func topics() -> [TopicName: (events: Int, lastID: String)] {
        let found = Mutex<[TopicSummary]>([])
        log.topics { summaries in found.withLock { $0 = summaries } }
        var topics: [TopicName: (events: Int, lastID: String)] = [:]
        for summary in found.withLock(\.self) {
            #expect(topics[summary.topic] == nil)
            topics[summary.topic] = (summary.events, summary.lastID)
        }
        return topics
    }
}
