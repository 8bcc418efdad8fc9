// Owns a log whose answers a test waits for.

import Hub
import HubSamples
import Testing
import TimerWheel

@testable import SQLiteLog

/// A log and its clocks.
final class LogBench {
    let kind: LogKind
    let log: any EventLog
    let queue = BatchQueue()
    var now: Milliseconds = 10_000_000
    var time: Milliseconds = 1_795_219_200_000
    private let remove: () -> Void

    init(_ kind: LogKind, events: Int = 1_000_000, age: Milliseconds = 1_000_000_000, bytes: Int = 1 << 40) {
        self.kind = kind
        let retention = Retention(events: events, age: age, bytes: bytes)
        (log, remove) = kind.make(retention, clock: Clock(now: now, time: now))
        let tail = log.follow { [queue] in queue.add($0) }
        #expect(tail == 0)
    }

    deinit { remove() }

    var clock: Clock { Clock(now: now, time: time) }
    var kept: Range<Position> { log.kept }

    @discardableResult
    func append(_ publications: [Publication]) -> [PublishOutcome] {
        log.appended(publications, at: clock)
    }

    @discardableResult
    func append(_ drafts: Draft..., user: String? = nil) -> PublishOutcome {
        append([Publication(drafts, user: user)])[0]
    }

    @discardableResult
    func append(_ drafts: Draft..., user: String? = nil, under name: String) -> PublishOutcome {
        append([Publication(drafts, user: user, key: key(name, of: user))])[0]
    }

    func ends(of names: String...) -> [Position?] { log.ends(of: names.map(topic)) }

    func expire() {
        log.expire(at: clock)
        settle()
    }

    func aging() -> Position {
        // A log may have to look first.
        _ = log.aging(at: clock)
        settle()
        return log.aging(at: clock)
    }

    /// Waits until all that was asked of the log is done.
    private func settle() {
        guard let log = log as? SQLiteLog else { return }
        let isDone = Answer<Bool>()
        log.whenDone { isDone.bring(true) }
        _ = isDone.wait()
    }

    func locate(_ start: Start, _ patterns: [String] = ["**"], through: Position? = nil) -> Location {
        log.located(
            LocateRequest(
                patterns: patterns.map(pattern), start: start, through: through ?? kept.upperBound - 1, clock: clock))
    }

    func page(_ request: ReadRequest) -> ReadPage {
        log.page(request)
    }

    /// A page that is as full as it can be, of as many as it takes.
    func read(
        _ patterns: [TopicPattern], after: Position = 0, through: Position = .max, events: Int = 1000,
        bytes: Int = 1 << 30
    ) -> ReadPage {
        var cursor = after
        var lost: Position?
        var found: [LoggedEvent] = []
        var size = 0
        while true {
            let part = page(
                ReadRequest(
                    patterns: patterns, after: cursor, through: through, events: events - found.count,
                    bytes: bytes - size))
            #expect(part.cursor >= cursor)
            let hasMoved = part.cursor > cursor
            cursor = part.cursor
            lost = lost ?? part.lostThrough
            found += part.events
            size += part.events.reduce(0) { $0 + $1.draft.size }
            if found.count >= events || size >= bytes || cursor >= through || !hasMoved { break }
        }
        return ReadPage(events: found, cursor: cursor, lostThrough: lost)
    }

    func summaries(of names: [TopicName]) -> [TopicSummary?] {
        try! log.summary(of: names).get()
    }

    func topics() -> [TopicName: (events: Int, lastID: String)] {
        let names = topics(after: nil, most: .max / 4)
        var topics: [TopicName: (events: Int, lastID: String)] = [:]
        for case let (name, summary?) in zip(names, summaries(of: names)) {
            #expect(summary.topic == name)
            topics[name] = (summary.events, summary.lastID)
        }
        return topics
    }

    /// The first topics after a name; `between` is called between two steps.
    func topics(after: String?, most: Int, between: () -> Void = {}) -> [TopicName] {
        var selection = TopicSelection(after: after, most: most)
        let last = kept.upperBound - 1
        var place: TopicPlace? = .beginning
        while let from = place {
            let step = try! log.step(in: selection.range, after: from, through: last).get()
            selection.add(step.topics)
            place = step.next
            between()
        }
        return selection.topics
    }
}
