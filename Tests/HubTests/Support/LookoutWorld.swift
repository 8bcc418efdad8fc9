// A log, a lookout that hears of it late and from two workers, and readers that come when they like.

import HubSamples
import SeededRandomness
import Synchronization

@testable import Hub

final class LookoutWorld {
    let log = MemoryLog(
        epoch: "e1", retention: Retention(events: 1_000_000, age: 1_000_000_000, bytes: 1 << 40))
    let lookout = Lookout()
    var readers: [LookoutReader] = []
    /// What each worker has yet to hand on.
    private let workers = [BatchLine(), BatchLine()]
    private var random: SeededGenerator
    private let hasInbox: Bool
    private let clock = Clock(now: 0, time: 0)
    /// With somebody who always looks, the place of each change is known.
    private let bystander: Lookout.Watch?
    static let user = try! InboxUser("u")
    /// The topics of all events, by position less one.
    private(set) var events: [[String]] = []
    /// What the inbox had after so many events.
    private(set) var inbox: [(after: Int, patterns: [TopicPattern])] = [(0, user.ownPatterns)]

    init(seed: UInt64, hasInbox: Bool = false) {
        random = SeededGenerator(seed: seed)
        self.hasInbox = hasInbox
        for worker in workers { _ = log.follow { worker.add($0) } }
        bystander = hasInbox ? lookout.watch([pattern("nobody")]) : nil
    }

    func publish(_ names: [String]) {
        log.append([Publication([try! Draft(topics: names.map(topic), data: "x")])], at: clock) { _ in }
        events.append(names)
    }

    func ingestAll() { for worker in workers { while ingest(worker) {} } }

    private func ingest(_ worker: BatchLine) -> Bool {
        guard let batch = worker.next() else { return false }
        lookout.ingest(batch)
        return true
    }

    func run(steps: Int) {
        for _ in 0..<steps {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<10: happen()
            case 10..<18:
                if let reader = readers.randomElement(using: &random) {
                    reader.step(pageEvents: Int.random(in: 1...3, using: &random))
                }
            default:
                if readers.count > 5, Bool.random(using: &random) {
                    readers.remove(at: Int.random(in: readers.indices, using: &random))
                }
                guard readers.count < 12 else { break }
                let count = Int.random(in: 1...3, using: &random)
                let patterns = Self.wishes.shuffled(using: &random).prefix(count).map(pattern)
                let reader = LookoutReader(self, hasInbox ? nil : patterns, back: Int.random(in: 0...6, using: &random))
                {
                    for _ in 0..<Int.random(in: 0...8, using: &random) { happen() }
                }
                readers.append(reader)
            }
        }
    }

    private static let names = ["users/u", "users/u/x", "a", "a/x", "b", "b/x", "c"]
    private static let wishes = ["a", "b", "a/*", "*/x", "**", "a/x", "c", "b/**", "users/**"]

    /// Something that readers have no part in.
    private func happen() {
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<6:
            let count = Int.random(in: 1...3, using: &random)
            publish(Array(Self.names.shuffled(using: &random).prefix(count)))
        case 6..<8 where hasInbox:
            // So many changes are told apart that a reader has not come to.
            let pending = inbox.count { $0.after >= readers.map(\.cursor).min() ?? .max }
            guard pending < 5 else { return }
            let count = Int.random(in: 0...3, using: &random)
            let patterns = Self.wishes.shuffled(using: &random).prefix(count).map(pattern)
            log.change(InboxChange(Self.user, .add(patterns))) { precondition($0 == nil) }
            inbox.append((events.count, Self.user.ownPatterns + patterns))
        default:
            let worker = workers.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...8, using: &random) { _ = ingest(worker) }
        }
    }

    /// Everybody hears and reads all there is.
    func rest() {
        ingestAll()
        for reader in readers { while !reader.isWaiting { reader.step(pageEvents: 2) } }
    }

    /// The patterns that the inbox had when the event at a position was published.
    func inboxPatterns(at position: Position) -> [TopicPattern] { inbox.last { $0.after < position }!.patterns }
}

/// The batches on their way to one worker.
private final class BatchLine: Sendable {
    private let batches = Mutex<[Batch]>([])

    func add(_ batch: Batch) { batches.withLock { $0.append(batch) } }

    func next() -> Batch? { batches.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

/// A reader as a program has it, a step at a time.
final class LookoutReader {
    private unowned let world: LookoutWorld
    private let patterns: [TopicPattern]?
    private let start: Position
    /// When the log told the topics of the inbox: all before is read by those.
    private var told: (at: Position, patterns: [TopicPattern]) = (0, [])
    private var filter: [TopicPattern]
    private(set) var cursor: Position
    private var target: Position
    private let watch: Lookout.Watch
    private let isAsleep = Shared(false)
    private(set) var got: [Position] = []
    /// How often there was nothing to read though it was woken.
    private(set) var emptyWakes = 0
    private var wasAsleep = false
    /// Whether it was woken, and has read nothing since.
    private var isDue = false

    /// Reads by patterns, or the inbox.
    ///
    /// - Parameters:
    ///   - back: how many events before the present it begins.
    ///   - meanwhile: is called between one step and the next.
    init(_ world: LookoutWorld, _ patterns: [TopicPattern]?, back: Int, meanwhile: () -> Void) {
        self.world = world
        self.patterns = patterns
        if let patterns {
            filter = patterns
            watch = world.lookout.watch(patterns)
            meanwhile()
            target = world.log.kept.upperBound - 1
            start = max(0, target - back)
        } else {
            watch = world.lookout.watch(inboxOf: LookoutWorld.user)
            meanwhile()
            let last = world.log.kept.upperBound - 1
            start = max(0, last - back)
            meanwhile()
            let found = Mutex<InboxTopics?>(nil)
            world.log.inbox(of: LookoutWorld.user) { answer in found.withLock { $0 = try! answer.get().record.topics } }
            let topics = found.withLock { $0! }
            told = (world.log.kept.upperBound - 1, topics.patterns)
            filter = topics.patterns
            meanwhile()
            target = max(last, watch.follow(topics))
        }
        cursor = start
    }

    var isWaiting: Bool { isAsleep.value }

    func step(pageEvents: Int) {
        if isAsleep.value { return }
        if cursor < target {
            var through = target
            if patterns == nil {
                let (topics, until) = watch.takeTurns(through: cursor)
                if let topics { filter = topics.patterns }
                if let until { through = min(through, until) }
            }
            let page = world.log.page(
                ReadRequest(patterns: filter, after: cursor, through: through, events: pageEvents, bytes: 1 << 20))
            got += page.events.map(\.position)
            if !page.events.isEmpty { isDue = false }
            cursor = page.cursor
            return
        }
        if isDue { emptyWakes += 1 }
        isDue = false
        let isAsleep = isAsleep
        isAsleep.set(true)
        if let part = watch.position(after: cursor, orElse: { isAsleep.set(false) }) {
            isAsleep.set(false)
            isDue = wasAsleep
            wasAsleep = false
            (cursor, target) = part
        } else {
            wasAsleep = true
        }
    }

    func wanted(in world: LookoutWorld) -> [Position] {
        world.events.indices.map { $0 + 1 }.filter { position in
            let patterns = patterns ?? (position <= told.at ? told.patterns : world.inboxPatterns(at: position))
            return position > start
                && world.events[position - 1].contains { name in patterns.contains { $0.matches(topic(name)) } }
        }
    }
}

/// A value that a callback sets.
private final class Shared: Sendable {
    private let state: Mutex<Bool>

    init(_ value: Bool) { state = Mutex(value) }

    var value: Bool { state.withLock { $0 } }

    func set(_ value: Bool) { state.withLock { $0 = value } }
}
