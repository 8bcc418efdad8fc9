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
        let names = topics(after: nil, most: .max / 4)
        let found = Mutex<[TopicSummary?]>([])
        log.summaries(of: names) { summaries in found.withLock { $0 = summaries } }
        var topics: [TopicName: (events: Int, lastID: String)] = [:]
        for case let (name, summary?) in zip(names, found.withLock(\.self)) {
            #expect(summary.topic == name)
            topics[name] = (summary.events, summary.lastID)
        }
        return topics
    }

    /// The first topics after a name; `between` is called between two steps.
    func topics(after: String?, most: Int, between: () -> Void = {}) -> [TopicName] {
        var selection = TopicSelection(after: after, most: most)
        let last = kept.upperBound - 1
        var position: Position? = 0
        while let from = position {
            let step = Mutex<(topics: [TopicName], next: Position?)>(([], nil))
            log.topics(in: selection.range, after: from, through: last) { topics, next in
                step.withLock { $0 = (topics, next) }
            }
            selection.add(step.withLock(\.topics))
            position = step.withLock(\.next)
            between()
        }
        return selection.topics
    }
}
