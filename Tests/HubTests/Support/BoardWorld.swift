// Owns a log, two boards on it as two workers have them, and clients with scripted sockets. It knows of every event
// there ever was, and so what each client must get. All that happens is drawn from one seed.

import EventStream
import HubSamples
import SeededRandomness
import TimerWheel

@testable import Hub

/// A client's stream, and what is known of how it came about.
final class WorldClient {
    let subscription: Subscription
    /// The topics that it wants, a bit each; those of an inbox are in the books of that.
    let mask: Int
    /// Which topics of the inbox its channel had when it was opened.
    var openRevision = 0
    let start: Start
    let user: String?
    let sink: Sink
    /// The board's tail when it was opened.
    let openTail: Position
    let clock: Clock
    /// From when on it may be sent no event.
    let expiry: Milliseconds?
    /// When it times out; never just when it expires.
    let timeout: Milliseconds?
    var handle = StreamHandle(bits: 0)
    /// What the log kept when it was asked where this stream starts.
    var keptWhenAsked: Range<Position>?
    /// The same, once the board was told.
    var keptAtStart: Range<Position>?
    /// The replays that retention overtook: after which position, and up to which.
    var losses: [(after: Position, through: Position)] = []
    /// How it was ended, if it was.
    var end: (reason: StreamEnd, allowsReconnect: Bool)?
    /// Since when it has been written with its channel.
    var attachedAt: Milliseconds?

    init(
        _ subscription: Subscription, mask: Int, start: Start, user: String?, sink: Sink, openTail: Position,
        clock: Clock, expiry: Milliseconds?, timeout: Milliseconds?
    ) {
        self.expiry = expiry
        self.timeout = timeout.map { $0 == expiry ? $0 + 1 : $0 }
        self.subscription = subscription
        self.mask = mask
        self.start = start
        self.user = user
        self.sink = sink
        self.openTail = openTail
        self.clock = clock
    }
}

/// A worker: a board and what is on its way to it.
final class WorldNode {
    enum Answer {
        case location(StreamHandle, Location)
        case page(StreamHandle, ReadPage)
        /// The log could not answer.
        case failure(LogQuestion)
    }

    var board: Board
    var output: RecordingOutput
    let queue: BatchQueue
    /// Questions that the log was not yet asked.
    var questions: [LogQuestion] = []
    /// Answers that have not yet come.
    var answers: [Answer] = []
    var clients: [WorldClient] = []
    /// The tail at the end of the last turn.
    var settledTail: Position = 0

    init(rules: StreamRules, seed: UInt64, now: Milliseconds, queue: BatchQueue) {
        board = Board(rules: rules, epoch: "e1", tail: 0, seed: seed, now: now)
        output = RecordingOutput(seed: seed)
        self.queue = queue
    }
}

/// The whole.
final class BoardWorld {
    static let topics = ["a", "b", "a/x", "a/y", "b/x", "c", "users/u", "users/u/x"].map(topic)
    static let wishes = ["a", "b", "c", "a/x", "b/x", "*", "**", "a/*", "*/x", "a/**"].map(pattern)
    /// Whose inbox some of the clients read.
    static let user = try! InboxUser("u")
    static let custom = CustomPresentation { event, _ in Event("custom " + event.draft.data, type: "shown") }

    let seed: UInt64
    let rules: StreamRules
    let log: MemoryLog
    let nodes: [WorldNode]
    private let archive = BatchQueue()
    var random: SeededGenerator
    var now: Milliseconds = 50_000
    var time: Milliseconds = 1_795_219_200_000
    /// Every event there ever was, and its topics, a bit each.
    var all: [LoggedEvent] = []
    var masks: [Int] = []
    var positions: [String: Position] = [:]
    /// The topics that the inbox had after one position and the next, and their bits.
    var inbox: [(start: Position, topics: InboxTopics, mask: Int)] = []
    /// Ids that clients were told.
    var told: [String] = ["e1-0"]
    var faults: [String] = []
    var nextSink: Sink = 1
    var ownIDs = 0
    /// What happened, for the counts of a run.
    var tally: [String: Int] = [:]

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        let retention = Retention(
            events: [6, 15, 40, 200].randomElement(using: &random)!,
            age: [4000, 20_000, 1_000_000].randomElement(using: &random)!, bytes: 1 << 30)
        var rules = StreamRules(heartbeat: 1000, retry: 2000, drainRetry: 10_000, slowBytes: 150, slowAge: 3000)
        rules.pageBytes = [1, 80, 300, 32 << 10].randomElement(using: &random)!
        rules.refreshWindow = Bool.random(using: &random) ? retention.events : nil
        self.rules = rules
        log = MemoryLog(epoch: "e1", retention: retention)
        nodes = (0..<2).map { [now] number in
            WorldNode(rules: rules, seed: seed &* 2 &+ UInt64(number), now: now, queue: BatchQueue())
        }
        for queue in nodes.map(\.queue) + [archive] { _ = log.follow { queue.add($0) } }
        noteInbox(InboxRecord(Self.user).topics)
    }

    var clock: Clock { Clock(now: now, time: time) }

    func note(_ fault: String) { faults.append("seed \(seed): \(fault)") }

    /// Takes into the books what the log has committed.
    func archiveBatches() {
        for batch in archive.take() {
            if let topics = batch.inbox { noteInbox(topics) }
            for event in batch.events {
                all.append(event)
                masks.append(Self.mask { event.draft.topics.contains($0) })
                positions[event.id] = event.position
                if event.position != all.count { note("position \(event.position) is event number \(all.count)") }
            }
        }
    }

    /// The topics for which something holds, a bit each.
    static func mask(_ isIn: (TopicName) -> Bool) -> Int {
        topics.indices.reduce(0) { $0 | (isIn(topics[$1]) ? 1 << $1 : 0) }
    }

    private func noteInbox(_ topics: InboxTopics) {
        let mask = Self.mask { topic in topics.patterns.contains { $0.matches(topic) } }
        if topics.revision != inbox.count { note("revision \(topics.revision) is number \(inbox.count)") }
        inbox.append((all.count, topics, mask))
    }

    /// The topics of the inbox by which a client may have got, or not got, the event at a position: those of that time,
    /// if it had come so far then, or later ones.
    private func inboxMasks(_ client: WorldClient, at position: Position) -> [Int] {
        let revision = inbox.lastIndex { $0.start < position } ?? 0
        return inbox[max(revision, client.openRevision)...].map(\.mask)
    }

    /// Whether a client must get the event at a position.
    func isDue(_ client: WorldClient, _ position: Position) -> Bool {
        guard client.subscription.inbox != nil else { return masks[position - 1] & client.mask != 0 }
        return inboxMasks(client, at: position).allSatisfy { masks[position - 1] & $0 != 0 }
    }

    /// Whether a client may get the event at a position.
    func isWanted(_ client: WorldClient, _ position: Position) -> Bool {
        guard client.subscription.inbox != nil else { return masks[position - 1] & client.mask != 0 }
        return inboxMasks(client, at: position).contains { masks[position - 1] & $0 != 0 }
    }

    /// Whether a client that knows all up to `after` has missed something once it knows all up to `through`.
    func misses(_ client: WorldClient, after: Position, through: Position) -> Bool {
        after < through && (after..<through).contains { isDue(client, $0 + 1) }
    }

    /// What a client is subscribed to at present, and the topics of that, a bit each.
    func present(_ client: WorldClient, on node: WorldNode) -> (patterns: [TopicPattern], mask: Int) {
        guard client.subscription.inbox != nil, let index = node.board.index(of: client.handle) else {
            return (client.subscription.patterns, client.mask)
        }
        let subscription = node.board.channels[Int(node.board.streams[index].channel)].subscription
        return (subscription.patterns, inbox[subscription.revision].mask)
    }

    /// Runs a script of so many random steps, and then brings everything to its end.
    func run(steps: Int) {
        for _ in 0..<steps where faults.isEmpty { step() }
        if faults.isEmpty { finish() }
    }
}
