// Owns a log, a board on it, and readers who may read different things of it. It knows of every event there is, and so what
// each reader must get, and must not, in each way of reading. All is drawn from one seed.

import HubSamples
import SeededRandomness
import TimerWheel

@testable import Hub

/// Somebody who reads: a case.
struct AccessReader {
    let model: ReaderModel
    let access: ReadAccess
    let wishes: [TopicPattern]
    let filter: EventFilter
    let presentation: Presentation
    let framing: Framing
    /// How many of the last events are asked for.
    let count: Int
    /// The position that was seen last when the stream is resumed.
    var seen: Position = 0
    var live: Sink = 0
    var resumed: Sink = 0
    var inbox: Sink = 0
    /// Where the stream of the last events begins, as the model has it.
    var since: Sink = 0
    var countAtSince: Position = 0
}

/// The whole.
final class AccessWorld {
    static let topics = ["a", "b", "c", "a/b", "a/c", "b/c", "a/b/c", "users/u", "users/u/a", "users/v"]
    static let user = try! InboxUser("u")

    let seed: UInt64
    let bench: LogBench
    private var random: SeededGenerator
    private var board: Board
    private var output = AccessOutput()
    private var nextSink: Sink = 0
    private var masks: [String: Int] = [:]
    private(set) var events: [EventModel] = []
    /// The patterns of the inbox, and after which position each came; those that are gone, and when.
    private var added: [(pattern: String, start: Position)] = []
    private var inboxMasks: [(start: Position, mask: Int)] = []
    /// What is unread in the inbox for those who may read everything, topic by topic.
    private var inInbox: [(name: String, topic: Int, position: Position)] = []
    private(set) var readers: [AccessReader] = []
    private(set) var faults: [String] = []
    /// What was found, so that a test knows that it finds something.
    private(set) var tally: [String: Int] = [:]

    init(seed: UInt64, _ kind: LogKind) {
        self.seed = seed
        bench = LogBench(kind)
        random = SeededGenerator(seed: seed)
        var rules = StreamRules(
            heartbeat: 1_000_000, retry: 2000, drainRetry: 2000, slowBytes: 1 << 30, slowAge: 1 << 30)
        rules.pageBytes = [1, 100, 32 << 10].randomElement(using: &random)!
        board = Board(rules: rules, epoch: "e1", tail: 0, seed: seed, now: bench.now)
        noteInbox()
    }

    func run(readers count: Int) async {
        if Bool.random(using: &random) { changeInbox() }
        readers = (0..<count).map { _ in makeReader() }
        for index in readers.indices {
            readers[index].live = open(readers[index], from: .now)
            readers[index].inbox = openInbox(readers[index])
        }
        for _ in 0..<Int.random(in: 2...6, using: &random) { publish() }
        if Bool.random(using: &random) { changeInbox() }
        for _ in 0..<Int.random(in: 0...3, using: &random) { publish() }
        for index in readers.indices {
            readers[index].seen = Int.random(in: 0...events.count, using: &random)
            readers[index].resumed = open(readers[index], from: .after("e1-\(readers[index].seen)"))
            readers[index].countAtSince = events.count
            readers[index].since = open(readers[index], from: .last(readers[index].count))
        }
        if Bool.random(using: &random) { rest() }
        for _ in 0..<Int.random(in: 0...4, using: &random) { publish() }
        rest()
        for (index, event) in events.enumerated() {
            for name in names(event.topics) {
                let starts = added.filter { modelMatches($0.pattern, name) }.map(\.start)
                let isOwn = modelMatches("users/u", name) || modelMatches("users/u/**", name)
                if isOwn || starts.contains(where: { index >= $0 }) {
                    inInbox.append((name, mask([name]), index + 1))
                }
            }
        }
        for reader in readers where faults.isEmpty { await check(reader) }
    }

    // MARK: - Topics as bits

    /// The topics that any of some patterns matches.
    private func mask(_ patterns: [String]) -> Int {
        patterns.reduce(0) { sum, text in
            if let mask = masks[text] { return sum | mask }
            let mask = Self.topics.indices.reduce(0) { $0 | (modelMatches(text, Self.topics[$1]) ? 1 << $1 : 0) }
            masks[text] = mask
            return sum | mask
        }
    }

    private func names(_ mask: Int) -> [String] {
        Self.topics.indices.filter { mask & 1 << $0 != 0 }.map { Self.topics[$0] }
    }

    // MARK: - What is drawn

    private func makePattern() -> String {
        if Int.random(in: 0..<12, using: &random) == 0 {
            return ["$s", "$s/*", "$s/**"].randomElement(using: &random)!
        }
        var segments = Self.topics.randomElement(using: &random)!.split(separator: "/").map(String.init)
        for index in segments.indices where Int.random(in: 0..<3, using: &random) == 0 { segments[index] = "*" }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: segments[segments.count - 1] = "**"
        case 1: segments.append("**")
        case 2: segments = ["**"]
        default: break
        }
        return segments.joined(separator: "/")
    }

    private func makeReader() -> AccessReader {
        let subscribe = (0..<Int.random(in: 0...3, using: &random)).map { _ in makePattern() }
        let wishes = (0..<[1, 1, 2, 3].randomElement(using: &random)!).map { _ in makePattern() }
        let isAnonymous = Bool.random(using: &random)
        let isOpen = Int.random(in: 0..<16, using: &random) == 0
        let access =
            isOpen
            ? .everything
            : ReadAccess(
                patterns: subscribe.map(pattern), isPublicReadable: isAnonymous, isAdmin: Bool.random(using: &random))
        return AccessReader(
            model: ReaderModel(wanted: mask(wishes), given: isOpen ? ~0 : mask(subscribe), isAnonymous: isAnonymous),
            access: access, wishes: wishes.map(pattern), filter: try! EventFilter(wishes.map(pattern), within: access),
            presentation: Bool.random(using: &random) ? .plain : .envelope,
            framing: Bool.random(using: &random) ? .plain : .chunked, count: Int.random(in: 0...4, using: &random))
    }

    private func publish() {
        let topics = Self.topics.shuffled(using: &random).prefix([1, 1, 2, 3].randomElement(using: &random)!)
        let isPrivate = Bool.random(using: &random)
        events.append(EventModel(topics: mask(Array(topics)), isPrivate: isPrivate))
        bench.append(try! Draft(topics: topics.map(topic), data: "x", isPrivate: isPrivate))
        ingest()
        if Bool.random(using: &random) { board.settle(into: &output, at: bench.now) }
    }

    private func changeInbox() {
        var patterns: [String] = []
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            let pattern = makePattern()
            if pattern != "users/u", !pattern.hasPrefix("users/u/"), !patterns.contains(pattern) {
                patterns.append(pattern)
            }
        }
        bench.change("u", .add(patterns.map(pattern)))
        // What changes nothing is no change.
        if patterns == added.map(\.pattern) { return }
        added = patterns.map { text in (text, added.first { $0.pattern == text }?.start ?? events.count) }
        noteInbox()
        ingest()
    }

    private func noteInbox() {
        inboxMasks.append((events.count, mask(["users/u", "users/u/**"] + added.map(\.pattern))))
    }

    // MARK: - Streams

    private func open(_ reader: AccessReader, from start: Start) -> Sink {
        let subscription = try! Subscription(
            patterns: reader.wishes, access: reader.access, presentation: reader.presentation, framing: reader.framing)
        return open(subscription, from: start)
    }

    private func openInbox(_ reader: AccessReader) -> Sink {
        let topics = InboxTopics(
            user: Self.user, patterns: Self.user.ownPatterns + added.map { pattern($0.pattern) },
            revision: inboxMasks.count - 1)
        let subscription = try! Subscription(
            topics, access: reader.access, presentation: reader.presentation, framing: reader.framing)
        return open(subscription, from: .now)
    }

    private func open(_ subscription: Subscription, from start: Start) -> Sink {
        nextSink += 1
        _ = board.open(subscription, from: start, user: nil, sink: nextSink, head: [], at: bench.clock)
        return nextSink
    }

    private func ingest() { for batch in bench.queue.take() { board.ingest(batch) } }

    private func rest() {
        while board.hasQuestions || board.isUnsettled {
            for question in board.takeQuestions() {
                switch question {
                case .locate(let handle, let request): board.answer(handle, bench.log.location(for: request))
                case .read(let handle, let request): board.answer(handle, bench.page(request))
                case .ends: faults.append("seed \(seed): a stream asks for ends, and no topic ends here")
                }
            }
            board.settle(into: &output, at: bench.now)
        }
    }

    // MARK: - Checks

    private func check(_ reader: AccessReader) async {
        let visible = events.indices.filter { reader.model.gets(events[$0]) }.map { $0 + 1 }
        check(reader, "live", reader.live, opening: 0, visible)
        check(reader, "resumed", reader.resumed, opening: reader.seen, visible.filter { $0 > reader.seen })
        let last = visible.filter { $0 <= reader.countAtSince }.suffix(reader.count)
        let start = (last.first ?? reader.countAtSince + 1) - 1
        check(reader, "since", reader.since, opening: start, visible.filter { $0 > start })
        checkHistory(reader, visible)
        var masks = inboxMasks[...]
        let inbox = events.indices.filter { index in
            while masks.count > 1, masks[masks.startIndex + 1].start <= index { masks = masks.dropFirst() }
            return reader.model.getsInInbox(events[index], of: masks.first!.mask)
        }
        check(reader, "inbox", reader.inbox, opening: 0, inbox.map { $0 + 1 })
        await checkCounts(reader)
        tally["private events", default: 0] += visible.count { events[$0 - 1].isPrivate }
        tally["public events", default: 0] += visible.count { !events[$0 - 1].isPrivate }
        if reader.filter.isEmpty { tally["nothing", default: 0] += 1 }
        if reader.filter.privatePatterns != nil { tally["two lists", default: 0] += 1 }
    }

    private func note(_ reader: AccessReader, _ what: String) {
        faults.append(
            """
            seed \(seed), \(what): \(reader.wishes.map(\.text)) within \(reader.access), \(reader.presentation), events \
            \(events.map { (names($0.topics), $0.isPrivate) }), inbox \(added)
            """)
    }

    /// Checks the blocks of a stream: its opening, and then just these events.
    private func check(_ reader: AccessReader, _ what: String, _ sink: Sink, opening: Position, _ wanted: [Position]) {
        guard let blocks = output.blocks(of: sink, reader.framing) else { return note(reader, "\(what), malformed") }
        if blocks.map(\.id) != ([opening] + wanted).map({ "e1-\($0)" }) {
            return note(reader, "\(what), \(blocks.map(\.id)) and not \(opening) and \(wanted)")
        }
        guard reader.presentation == .envelope else { return }
        for (block, position) in zip(blocks.dropFirst(), wanted) {
            let topics = Set(names(reader.model.readable(events[position - 1])))
            if block.topics.count != topics.count || Set(block.topics) != topics {
                return note(reader, "\(what), \(block.topics) of \(position) and not \(topics)")
            }
            tally["envelopes with fewer topics", default: 0] +=
                topics.count < events[position - 1].topics.nonzeroBitCount ? 1 : 0
        }
    }

    private func checkHistory(_ reader: AccessReader, _ wanted: [Position]) {
        var found: [LoggedEvent] = []
        var cursor = 0
        let events = Int.random(in: 1...4, using: &random)
        while cursor < self.events.count {
            let page = bench.page(
                ReadRequest(
                    filter: reader.filter, after: cursor, through: self.events.count, events: events, bytes: 1 << 20))
            found += page.events
            if page.cursor <= cursor { return note(reader, "history, a page that goes nowhere") }
            cursor = page.cursor
        }
        if found.map(\.position) != wanted {
            return note(reader, "history, \(found.map(\.position)) and not \(wanted)")
        }
        for event in found {
            let model = self.events[event.position - 1]
            let topics = Set(event.topics(readableBy: reader.access).map(\.text))
            if topics != Set(names(reader.model.readable(model))) || event.draft.isPrivate != model.isPrivate {
                return note(reader, "history, \(event.position) with \(topics)")
            }
        }
    }

    private func checkCounts(_ reader: AccessReader) async {
        let unread = inInbox.filter { reader.model.given & $0.topic != 0 }
            .reduce(into: [:] as [String: [Position]]) { $0[$1.name, default: []].append($1.position) }
        let all = Set(unread.values.joined())
        do {
            let summary = try await bench.log.summary(of: Self.user, within: reader.access)
            let (_, start) = try await bench.log.unreadStart(of: Self.user, within: reader.access)
            if summary.unread != all.count || summary.first != all.min().map({ "e1-\($0)" })
                || summary.topics.map(\.topic.text) != unread.keys.sorted()
                || summary.topics.map(\.unread) != unread.sorted(by: { $0.key < $1.key }).map(\.value.count)
                || start != .at((all.min() ?? events.count + 1) - 1, nil)
            {
                note(reader, "counts, \(summary), \(start) and not \(unread)")
            }
            tally["unread", default: 0] += summary.unread
        } catch {
            note(reader, "counts, \(error)")
        }
    }
}
