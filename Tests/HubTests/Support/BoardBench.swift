// Owns a board with a log and scripted sockets, for tests that say each step themselves.

import HubSamples
import Synchronization
import Testing
import TimerWheel

@testable import Hub

/// Batches on their way from a log to a board.
final class BatchQueue: Sendable {
    private let batches = Mutex<[Batch]>([])

    func add(_ batch: Batch) { batches.withLock { $0.append(batch) } }

    /// Takes the first batches that wait, in order.
    func take(_ most: Int = .max) -> [Batch] {
        batches.withLock { batches in
            let taken = Array(batches.prefix(most))
            batches.removeFirst(taken.count)
            return taken
        }
    }
}

/// A board on a log in memory.
final class BoardBench {
    let log: MemoryLog
    let queue = BatchQueue()
    var board: Board
    var output = RecordingOutput()
    var now: Milliseconds = 1_000_000
    /// Whether the log answers no questions.
    var isLogAway = false
    private var nextSink: Sink = 1

    /// Rules that leave a test alone.
    static var rules: StreamRules {
        StreamRules(heartbeat: 16_000, retry: 2000, drainRetry: 10_000, slowBytes: 10_000, slowAge: 30_000)
    }

    init(_ rules: StreamRules = BoardBench.rules, keeping events: Int = 1000, seed: UInt64 = 7) {
        log = MemoryLog(epoch: "e1", retention: Retention(events: events, age: 1_000_000_000, bytes: 1 << 30))
        let tail = log.follow { [queue] in queue.add($0) }
        board = Board(rules: rules, epoch: "e1", tail: tail, seed: seed, now: now)
        output.now = now
    }

    var clock: Clock { Clock(now: now, time: now) }

    /// Commits events of these topics, and has the board take them if wanted.
    @discardableResult
    func publish(
        _ topics: String..., data: String? = "x", id: String? = nil, isEnd: Bool = false, isPrivate: Bool = false,
        ingesting: Bool = true
    ) throws -> [String] {
        let drafts = try topics.map { topic in
            try Draft(topics: [TopicName(topic)], data: data, id: id, isEnd: isEnd, isPrivate: isPrivate)
        }
        let ids = Mutex<[String]>([])
        log.append([Publication(drafts)], at: clock) { outcomes in
            if case .committed(let committed) = outcomes[0] { ids.withLock { $0 = Array(committed) } }
        }
        if ingesting { ingest() }
        return ids.withLock(\.self)
    }

    func ingest() {
        for batch in queue.take() { board.ingest(batch) }
    }

    func open(
        _ patterns: String..., from start: Start = .now, presentation: Presentation = .plain,
        framing: Framing = .plain, user: String? = nil, access: ReadAccess = .everything, expiry: Milliseconds? = nil,
        timeout: Milliseconds? = nil, lease: AnyObject? = nil, isWatched: Bool = false
    ) throws -> (handle: StreamHandle, sink: Sink) {
        let sink = nextSink
        nextSink += 1
        let subscription = try Subscription(
            patterns: patterns.map(pattern), access: access, presentation: presentation, framing: framing)
        output[sink].moved = now
        let handle = board.open(
            subscription, from: start, user: user, sink: sink, head: [], hasEnds: log.hasEnds, expiry: expiry,
            timeout: timeout, lease: lease, isWatched: isWatched, at: clock)
        return (handle, sink)
    }

    /// Puts the board's questions to the log and the answers to the board, until there are none.
    func ask() {
        for question in board.takeQuestions() {
            if isLogAway {
                board.postpone(question, at: now)
                continue
            }
            switch question {
            case .locate(let handle, let request): board.answer(handle, log.location(for: request))
            case .read(let handle, let request): board.answer(handle, log.page(request))
            case .ends(let subscription):
                board.answer(subscription, ends: log.ends(of: subscription.endTopics!))
            }
        }
    }

    func settle() { board.settle(into: &output, at: now) }

    /// Settles and asks until nothing is left to do.
    func rest() {
        for _ in 0..<1000 {
            ask()
            settle()
            if !board.isUnsettled && !board.hasQuestions { return }
        }
        Issue.record("the board never rests")
    }

    /// Lets time pass in steps, with a tick and a turn in each, and the log asked.
    func pass(_ duration: Milliseconds, by step: Milliseconds = 10) {
        let end = now + duration
        while now < end {
            now = min(end, now + step)
            output.now = now
            if let due = board.nextTick, due <= now { board.tick(at: now, into: &output) }
            ask()
            settle()
        }
    }

    /// Reads what a stream was sent.
    func read(_ sink: Sink, isChunked: Bool = false) throws -> ReadStream {
        try #require(ReadStream(output[sink].bytes, isChunked: isChunked))
    }
}
