import CSQLite
import Foundation
import Hub
import HubSamples
import SQLiteFaults
import SeededRandomness
import Synchronization
import Testing

@testable import SQLiteLog

@Suite struct InboxFileTests {
    private func change(_ log: SQLiteLog, _ user: String, _ action: InboxChange.Action) -> HubError? {
        let refusal = Answer<HubError?>()
        log.change(InboxChange(try! InboxUser(user), action)) { refusal.bring($0) }
        return refusal.wait()
    }

    private func summary(_ log: SQLiteLog, _ user: String = "u") async throws -> InboxSummary {
        try await log.summary(of: InboxUser(user), most: 1000)
    }

    @Test(arguments: 0..<8)
    func `inboxes are what they were after any restart, and go on from there`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let bench = FileBench()
        let names = ["users/u", "users/u/a", "users/v", "group", "team/1", "team/2"]
        let wishes = ["group", "team/*", "team/1", "**"].map(pattern)
        var last: [String: InboxSummary] = [:]
        var gaps = 0
        for _ in 0..<6 {
            let log = try bench.open(events: 25, tail: [1, 3, 4096].randomElement(using: &random)!)
            for (user, summary) in last { #expect(try await self.summary(log, user) == summary, "seed \(seed)") }
            for _ in 0..<30 {
                let user = ["u", "v"].randomElement(using: &random)!
                switch Int.random(in: 0..<8, using: &random) {
                case 0..<5:
                    bench.append(
                        draft(names.randomElement(using: &random)!, names.randomElement(using: &random)!), to: log)
                case 5..<7:
                    let position = max(0, log.kept.upperBound - 1 - Int.random(in: 0...12, using: &random))
                    let epoch = Int.random(in: 1...bench.starts, using: &random)
                    let topic = Bool.random(using: &random) ? topic("users/\(user)") : nil
                    // One of an earlier start is beyond its end now and then.
                    _ = change(log, user, .acknowledge(id: "e\(epoch)-\(position)", topic: topic))
                default:
                    let some = wishes.shuffled(using: &random).prefix(2)
                    #expect(change(log, user, .add(Array(some))) == nil)
                }
            }
            bench.settle(log)
            for user in ["u", "v"] { last[user] = try await summary(log, user) }
            gaps += last["u"]!.hasGap ? 1 : 0
            // A hub that has just begun, and one that has seen it all, let go of the same.
            log.close()
        }
        let log = try bench.open(events: 25)
        defer { log.close() }
        let before = try await summary(log)
        for _ in 0..<30 { bench.append(draft("team/1", "users/u"), to: log) }
        #expect(try await summary(log).hasGap, "\(before)")
        #expect(change(log, "u", .acknowledge(id: "e7-\(log.kept.upperBound - 1)", topic: nil)) == nil)
        #expect(try await !summary(log).hasGap)
    }

    @Test func `losses on a pattern that was added before a restart are noticed after it`() async throws {
        let bench = FileBench()
        var log = try bench.open(events: 4)
        #expect(change(log, "u", .add([pattern("team/*"), pattern("group")])) == nil)
        #expect(change(log, "v", .add([pattern("team/*")])) == nil)
        bench.append(draft("team/1"), to: log)
        log.close()
        log = try bench.open(events: 4)
        // Somebody goes, others stay.
        #expect(change(log, "v", .add([])) == nil)
        for _ in 0..<4 { bench.append(draft("x"), to: log) }
        #expect(log.kept.lowerBound == 2)
        #expect(try await summary(log).hasGap)
        #expect(try await !summary(log, "v").hasGap)
        log.close()
        let connection = try Connection(bench.path)
        #expect(try Statement("SELECT count(*) FROM added_patterns", on: connection).number() == 2)
        #expect(try Statement("SELECT lost FROM added_patterns WHERE pattern = 'team/*'", on: connection).number() == 1)
    }

    @Test func `marks of topics that say nothing any more are dropped`() async throws {
        let bench = FileBench()
        let log = try bench.open(events: 10)
        defer { log.close() }
        let connection = try Connection(bench.path)
        func marks() throws -> Int? { try Statement("SELECT count(*) FROM inbox_marks", on: connection).number() }
        for number in 1...8 {
            bench.append(draft("users/u/\(number)"), to: log)
            #expect(change(log, "u", .acknowledge(id: "e1-\(number)", topic: topic("users/u/\(number)"))) == nil)
        }
        #expect(change(log, "u", .acknowledge(id: "e1-8", topic: topic("users/u/none"))) == nil)
        #expect(try marks() == 8)
        #expect(change(log, "u", .acknowledge(id: "e1-3", topic: nil)) == nil)
        #expect(try marks() == 5)
        for _ in 0..<7 { bench.append(draft("x"), to: log) }
        #expect(log.kept.lowerBound == 6)
        #expect(try marks() == 3)
        #expect(try await !summary(log).hasGap)
    }

    @Test func `a log of the form before inboxes is brought forward`() async throws {
        let bench = FileBench()
        let steps = Schema.present.steps.prefix { !$0.contains("CREATE TABLE inboxes") }
        #expect(steps.count == 2)
        do {
            let old = try LogFile(bench.path, schema: Schema(steps: Array(steps)))
            let connection = try Connection(old.path)
            try connection.run(
                """
                INSERT INTO epochs (name, first, time, now, arrival) VALUES ('old', 1, 0, 0, 0);
                INSERT INTO events (position, time, arrival, latest, total, topics, data)
                VALUES (1, 0, 0, 0, 400, 'users/u', 'x'), (2, 0, 0, 0, 800, 'group', 'x')
                """)
        }
        var log = try bench.open()
        #expect(try await summary(log).first == "old-1")
        #expect(bench.events(log).map(\.draft.isPrivate) == [false, false])
        #expect(change(log, "u", .acknowledge(id: "old-1", topic: nil)) == nil)
        #expect(change(log, "u", .add([pattern("group")])) == nil)
        #expect(bench.append(draft("group"), to: log) == .committed(["e1-3"]))
        log.close()
        log = try bench.open()
        defer { log.close() }
        let after = try await summary(log)
        #expect(after.unread == 1 && after.first == "e1-3" && after.patterns == [pattern("group")])
    }

    /// Neighbours that cannot be read, and events that are not there: whoever looks at them fails.
    @Test func `counting reads neither events nor what is not in the inbox`() async throws {
        let bench = FileBench()
        var log = try bench.open(tail: 1)
        for number in 0..<40 { bench.append(draft(number % 2 == 0 ? "users/u/a" : "users/u/b"), to: log) }
        #expect(change(log, "u", .acknowledge(id: "e1-4", topic: nil)) == nil)
        bench.settle(log)
        log.close()
        let connection = try Connection(bench.path)
        try connection.run(
            """
            DELETE FROM events WHERE position > 5 AND position < 38;
            INSERT INTO runs VALUES ('users/t/' || char(1), 1, 1, 1, NULL), ('users/u/z', 40, 40, 1, NULL),
                ('users/u0', 40, 40, 1, NULL), ('users/v/' || char(1), 1, 1, 1, NULL);
            """)
        log = try bench.open(tail: 1)
        defer { log.close() }
        let found = try await summary(log)
        #expect(found.topics.map(\.topic.text) == ["users/u/a", "users/u/b", "users/u/z"])
        #expect(found.topics.map(\.unread) == [18, 18, 1] && found.unread == 36)
        #expect(try await log.unreadStart(of: InboxUser("u")).start == .at(4, nil))
        // The trap is one: somebody whose inbox has it gets an error.
        await #expect(throws: HubError.self) { try await self.summary(log, "v") }
    }

    @Test func `a file that holds what makes no sense in an inbox refuses it, and serves others`() async throws {
        let bench = FileBench()
        let log = try bench.open()
        defer { log.close() }
        let connection = try Connection(bench.path)
        try connection.run(
            """
            INSERT INTO inboxes VALUES ('a', 1, 0, 'nonsense'), ('b', 1, 0, ''), ('c', 1, 0, '');
            INSERT INTO inbox_patterns VALUES ('b', '**/**', 0, 0, 0);
            INSERT INTO inbox_marks VALUES ('c', 'x/*', 3);
            """)
        for user in ["a", "b", "c"] {
            await #expect(throws: HubError.self) { try await self.summary(log, user) }
        }
        #expect(change(log, "a", .acknowledge(id: "e1-0", topic: nil))?.code == .unavailable)
        #expect(try await summary(log).unread == 0)
    }

    @Test func `an event that is acknowledged before its publish is answered is read`() async throws {
        let bench = FileBench()
        let log = try bench.open()
        defer { log.close() }
        // Whoever holds the file keeps both waiting, until they are committed together.
        let other = try Connection(bench.path)
        try other.run("BEGIN IMMEDIATE")
        let outcomes = Answer<[PublishOutcome]>()
        let refusals = [Answer<HubError?>(), Answer<HubError?>()]
        // The first one waits for the file, and the others for it.
        log.change(InboxChange(try InboxUser("v"), .add([]))) { refusals[0].bring($0) }
        log.append([Publication(OneOrMore(draft("users/u", id: "own")))], at: bench.clock) { outcomes.bring($0) }
        log.change(InboxChange(try InboxUser("u"), .acknowledge(id: "own", topic: topic("users/u")))) {
            refusals[1].bring($0)
        }
        try other.run("ROLLBACK")
        _ = refusals[0].wait()
        #expect(outcomes.wait() == [.committed(["own"])])
        #expect(refusals[1].wait() == nil)
        #expect(try await summary(log).unread == 0)
    }

    // MARK: - Failure

    @Test func `a change that the disk does not take is refused and leaves nothing behind`() async throws {
        let bench = FileBench()
        let name = "faults-\(UUID().uuidString)"
        let faults = faults_make(strdup(name))
        let log = try bench.open(events: 3, system: name)
        defer { log.close() }
        bench.append(draft("users/u"), to: log)
        #expect(change(log, "u", .add([pattern("group")])) == nil)
        let before = try await summary(log)
        let batches = BatchCount()
        _ = log.follow { batches.add($0) }
        faults_set(faults, CInt(FAULT_WRITE), SQLITE_FULL, 0)
        for action in [.add([pattern("team/*")]), .acknowledge(id: "e1-1", topic: nil)] as [InboxChange.Action] {
            let refusal = change(log, "u", action)
            #expect(refusal?.code == .unavailable)
            #expect(refusal?.description.contains("the disk is full") == true)
        }
        #expect(try await summary(log) == before)
        #expect(batches.inboxes == 0)
        faults_set(faults, 0, 0, 0)
        // Memory knows the pattern that is on the disk, and not the one that is not.
        for _ in 0..<2 { bench.append(draft("team/1", "group"), to: log) }
        for _ in 0..<3 { bench.append(draft("x"), to: log) }
        #expect(change(log, "u", .acknowledge(id: "e1-1", topic: topic("users/u"))) == nil)
        #expect(try await summary(log).hasGap)
        #expect(change(log, "u", .add([pattern("team/*")])) == nil)
        #expect(try await !summary(log).hasGap)
        #expect(batches.inboxes == 1)
    }

    @Test func `a file that cannot be read is said at once, and read again when it can be`() async throws {
        let bench = FileBench()
        let name = "faults-\(UUID().uuidString)"
        let faults = faults_make(strdup(name))
        var log = try bench.open()
        bench.append(draft("users/u"), to: log)
        log.close()
        log = try bench.open(system: name)
        faults_set(faults, CInt(FAULT_READ), SQLITE_IOERR, 0)
        let error = await #expect(throws: HubError.self) { try await self.summary(log) }
        #expect(error?.code == .unavailable && error?.description.contains("cannot be read") == true)
        faults_set(faults, 0, 0, 0)
        #expect(try await summary(log).unread == 1)
        log.close()
        await #expect(throws: HubError.self) { try await self.summary(log) }
        #expect(change(log, "u", .add([]))?.code == .unavailable)
    }

    // MARK: - Kills

    @Test(arguments: 0..<3)
    func `what was acknowledged and added before a kill is there`(seed: Int) async throws {
        let bench = FileBench()
        let path = bench.path
        let told = bench.directory.appending(path: "told").path
        for round in 0..<5 {
            let number = seed * 100 + round
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, told = told as String, number = number as Int] in
                try InboxReaders(path, told, round: number).goOnUntilKilled()
            }
        }
        let log = try bench.open()
        defer { log.close() }
        let lines = try String(contentsOfFile: told, encoding: .utf8).split(separator: "\n")
        #expect(lines.count > 10, "\(lines.count) were told")
        var read: [Substring: Int] = [:]
        var added: [Substring: Int] = [:]
        for line in lines {
            let words = line.split(separator: " ")
            let number = try #require(Int(words[2]))
            if words[0] == "read" { read[words[1]] = number } else { added[words[1]] = number }
        }
        for (user, position) in read {
            let inbox = try await log.inbox(of: InboxUser(String(user)))
            #expect(inbox.record.mark >= position)
        }
        for (user, number) in added {
            // That one, or one that came next, of which nothing was told: of the same round, or the first of a later one.
            let patterns = try await summary(log, String(user)).patterns.map(\.text)
            let next = [number, number + 1] + (1...5).map { (number / 100_000 + $0) * 100_000 }
            #expect(patterns.count == 1 && next.map { "\(user)/\($0)" }.contains(patterns[0]), "\(patterns), \(number)")
        }
        let connection = try Connection(path)
        // Each pattern is counted once for each who has it.
        let counted = try Statement("SELECT sum(users) FROM added_patterns", on: connection).number()
        #expect(try counted == Statement("SELECT count(*) FROM inbox_patterns", on: connection).number())
        #expect(
            try Statement("SELECT count(*) FROM added_patterns", on: connection).number()
                == Statement("SELECT count(DISTINCT pattern) FROM inbox_patterns", on: connection).number())
    }
}

/// Counts what a follower is handed.
private final class BatchCount: Sendable {
    private let counter = Mutex(0)
    var inboxes: Int { counter.withLock(\.self) }
    func add(_ batch: Batch) { if batch.inbox != nil { counter.withLock { $0 += 1 } } }
}

/// Some users, each with one event, one acknowledgement or one change on the way, until the process is killed.
private final class InboxReaders: Sendable {
    private let log: SQLiteLog
    private let output: CInt
    private let round: Int
    /// How many lines were told.
    private let lines = Atomic(0)

    init(_ path: String, _ told: String, round: Int) throws {
        self.round = round
        let retention = Retention(events: 1_000_000, age: 1_000_000_000, bytes: 1 << 40)
        log = try SQLiteLog(path: path, retention: retention, clock: Clock(now: 1, time: 1), boot: nil, tail: 16) {
            "run\(round)"
        }
        output = open(told, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }

    func goOnUntilKilled() -> Never {
        for user in 0..<6 { read(user) }
        for user in 0..<2 { add(user, round * 100_000) }
        // However busy the machine is, something is told in each round.
        while lines.load(ordering: .relaxed) < 12 { usleep(1000) }
        var random = SeededGenerator(seed: UInt64(round))
        usleep(.random(in: 0...40_000, using: &random))
        kill(getpid(), SIGKILL)
        while true { sleep(60) }
    }

    private func tell(_ text: String) {
        // One write, which the kernel keeps when the process is gone.
        let line = Array((text + "\n").utf8)
        guard write(output, line, line.count) == line.count else { exit(1) }
        lines.add(1, ordering: .relaxed)
    }

    private func read(_ user: Int) {
        let clock = Clock(now: 1, time: 1)
        log.append([Publication(OneOrMore(draft("users/\(user)")))], at: clock) { [self] outcomes in
            guard case .committed(let ids) = outcomes[0], let position = ids[0].split(separator: "-").last else {
                exit(1)
            }
            log.change(InboxChange(try! InboxUser("\(user)"), .acknowledge(id: ids[0], topic: nil))) { [self] refusal in
                guard refusal == nil else { exit(1) }
                tell("read \(user) \(position)")
                read(user)
            }
        }
    }

    private func add(_ user: Int, _ number: Int) {
        log.change(InboxChange(try! InboxUser("a\(user)"), .add([pattern("a\(user)/\(number)")]))) { [self] refusal in
            guard refusal == nil else { exit(1) }
            tell("added a\(user) \(number)")
            add(user, number + 1)
        }
    }
}
