import Hub
import SeededRandomness
import Testing

@testable import Fanfare
@testable import Workers

/// Publishers and readers at once, each as fast as it likes, compared with what the log was.
@Suite struct HubReadersTests {
    @Test(arguments: 0..<16)
    func `every reader gets what matches in the log's order, each once, or is told what is gone`(seed: UInt64)
        async throws
    {
        try await withLogFile { path in try await Run(seed: seed, path: path).run() }
    }

    @Test func `who comes while much is published misses nothing on the way from the log to what is new`() async throws
    {
        try await withHub { hub in
            let isOver = Shared(false)
            try await withThrowingTaskGroup { group in
                group.addTask {
                    while !isOver.value { try await hub.publish(Event("x"), to: "a") }
                }
                try await withThrowingTaskGroup { readers in
                    for _ in 0..<3 {
                        readers.addTask {
                            for _ in 0..<60 {
                                let events = hub.subscribe("a")
                                guard case .after(let start) = events.wish.start else { return }
                                var position = Run.position(of: start)
                                for try await event in events.prefix(4) {
                                    #expect(Run.position(of: event.id) == position + 1)
                                    position += 1
                                }
                            }
                        }
                    }
                    try await readers.waitForAll()
                }
                isOver.change { $0 = true }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a thousand who wait for quiet topics are not woken by a busy one`() async throws {
        try await withHub { hub in
            let lookout = try await hub.binding.run().core.lookout
            try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        var events = hub.subscribe("idle/\(number)", "rooms/*/idle/\(number)").makeAsyncIterator()
                        return try await events.next()?.data
                    }
                }
                await waiting { lookout.watchCount == 1000 }
                try await reading(hub.subscribe("busy")) { read in
                    await waiting { lookout.watchCount == 1001 }
                    for number in 0..<500 {
                        try await hub.publish(Event("\(number)"), to: "busy")
                        if number % 3 == 0 { await waiting { read.value.count > number } }
                    }
                    await waiting { read.value.count >= 500 }
                }
                // Only the one, and it not more often than there was something for it.
                #expect(lookout.wakeCount <= 500)
                let before = lookout.wakeCount
                try await hub.publish(Event("7"), to: "rooms/x/idle/7")
                try await #expect(group.next() == .some("7"))
                #expect(lookout.wakeCount == before + 1)
                group.cancelAll()
                for try await data in group { #expect(data == nil) }
            }
            #expect(lookout.watchCount == 0)
        }
    }
}

/// One run of publishers and readers.
private final class Run: Sendable {
    private let seed: UInt64
    private let path: String
    /// What was published, by position.
    private let log = Shared<[Int: Entry]>([:])
    private let ids = Shared<[String]>([])

    private struct Entry {
        let topics: [String]
        let data: String
    }

    init(seed: UInt64, path: String) {
        self.seed = seed
        self.path = path
    }

    /// What a reader got.
    private struct Record: Sendable {
        let patterns: [String]
        /// From where on nothing may be missing; nil if that is where the first event is.
        let after: Int?
        let mayHaveGap: Bool
        var events: [PublishedEvent] = []
    }

    func run() async throws {
        var random = SeededGenerator(seed: seed)
        let retained = [30, 300, 1_000_000].randomElement(using: &random)!
        let world = try HubWorld { configuration in
            configuration.log = seed % 3 == 0 ? .sqlite(path) : .memory
            configuration.retainEvents = retained
        }
        let seeds = (0..<20).map { _ in random.next() }
        let records = try await world.run { hub in
            try await withThrowingTaskGroup(of: Record?.self) { group in
                for number in 0..<3 { group.addTask { try await self.publish(number, hub, seed: seeds[number]) } }
                for number in 3..<11 {
                    group.addTask { try await self.read(hub, seed: seeds[number], isEverythingKept: retained > 1000) }
                }
                var records: [Record] = []
                var publishers = 3
                for try await record in group {
                    if let record {
                        records.append(record)
                    } else {
                        publishers -= 1
                        if publishers == 0 { try await self.publish(Event("stop"), to: ["stop"], hub) }
                    }
                }
                return records
            }
        }
        #expect(records.count == 8)
        for record in records { check(record) }
    }

    private static let topics = ["a", "b", "c/x", "c/y", "d"]

    private func publish(_ event: Event, to topics: [String], _ hub: Hub) async throws {
        let id = try await hub.publish(event, to: topics)
        log.change { $0[Self.position(of: id)] = Entry(topics: topics, data: event.data ?? "") }
        ids.change { $0.append(id) }
    }

    private func publish(_ number: Int, _ hub: Hub, seed: UInt64) async throws -> Record? {
        var random = SeededGenerator(seed: seed)
        for count in 0..<150 {
            let some = Self.topics.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random))
            try await publish(Event("\(number)-\(count)"), to: Array(some), hub)
            for _ in 0..<Int.random(in: 0..<4, using: &random) { await Task.yield() }
        }
        return nil
    }

    private func read(_ hub: Hub, seed: UInt64, isEverythingKept: Bool) async throws -> Record {
        var random = SeededGenerator(seed: seed)
        let begin = Int.random(in: 0..<300, using: &random)
        await waiting { self.ids.value.count >= begin }
        let patterns =
            Array(
                (Self.topics + ["c/*", "**", "*"]).shuffled(using: &random).prefix(
                    Int.random(in: 1...3, using: &random)))
            + ["stop"]
        var start = StreamStart.now
        var after: Int?
        var isUnknown = false
        switch Int.random(in: 0..<6, using: &random) {
        case 0: break
        case 1:
            start = .earliest
            after = isEverythingKept ? 0 : nil
        case 2: start = .last(Int.random(in: 0..<200, using: &random))
        case 3:
            start = .after("e0-7")
            isUnknown = true
        case 4:
            start = .ago(.seconds(1000))
            after = isEverythingKept ? 0 : nil
        default:
            if let id = self.ids.value.randomElement(using: &random) {
                start = .after(id)
                after = Self.position(of: id)
            }
        }
        let sequence = hub.subscribe(patterns, from: start)
        // What "now" is, is decided by the hub, while others publish.
        if start == .now, case .after(let id) = sequence.wish.start { after = Self.position(of: id) }
        var record = Record(patterns: patterns, after: after, mayHaveGap: !isEverythingKept || isUnknown)
        let slowness = [0, 0, 3, 60].randomElement(using: &random)!
        for try await event in sequence {
            record.events.append(event)
            if event.topics == ["stop"] { break }
            if slowness > 0 { for _ in 0..<Int.random(in: 0..<slowness, using: &random) { await Task.yield() } }
        }
        return record
    }

    private func check(_ record: Record) {
        let log = log.value
        var last = record.after
        for event in record.events {
            let position = Self.position(of: event.id)
            if event.isGap {
                #expect(record.mayHaveGap && position >= last ?? 0, "seed \(seed)")
                last = position
                continue
            }
            let entry = log[position]
            #expect(entry?.data == event.data && entry?.topics == event.topics, "seed \(seed)")
            #expect(event.topics.contains { Self.matches($0, record.patterns) }, "seed \(seed)")
            if let last {
                #expect(position > last, "seed \(seed)")
                let missing = (last + 1..<max(position, last + 1)).filter { between in
                    log[between]!.topics.contains { Self.matches($0, record.patterns) }
                }
                #expect(missing.isEmpty, "seed \(seed)")
            }
            last = position
        }
        #expect(record.events.last?.data == "stop", "seed \(seed)")
    }

    static func position(of id: String) -> Int { Int(id.split(separator: "-").last!)! }

    private static func matches(_ topic: String, _ patterns: [String]) -> Bool {
        patterns.contains { pattern in
            pattern == topic || pattern == "**" || (pattern == "*" && !topic.contains("/"))
                || (pattern == "c/*" && topic.hasPrefix("c/"))
        }
    }
}
