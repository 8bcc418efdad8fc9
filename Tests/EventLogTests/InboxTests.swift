import HubSamples
import SeededRandomness
import Testing

@testable import Hub

@Suite struct InboxTests {
    private static let names = [
        "users/u", "users/u/a", "users/u/a/b", "users/u/", "users/v", "users/u-1", "users/u.x/y", "group", "group/1",
        "group/2", "group/2/x", "other",
    ]
    private static let wishes = [
        "group", "group/1", "group/*", "group/**", "*", "*/2", "users/v", "users/*/a", "**", "users/u/a", "other",
    ]

    /// Random publishes, acks, patterns and expiry, against a model that looks through everything.
    @Test(arguments: 0..<20, LogKind.all)
    func `what is unread is counted as a plain model has it`(seed: UInt64, kind: LogKind) async throws {
        var random = SeededGenerator(seed: seed)
        let bench = LogBench(kind, events: [8, 30, 1000].randomElement(using: &random)!)
        var model = InboxModel()
        for step in 0..<120 {
            let user = ["u", "u", "v", "u-1"].randomElement(using: &random)!
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let drafts = (0..<Int.random(in: 1...4, using: &random)).map { number in
                    let topics = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                        topic(Self.names.randomElement(using: &random)!)
                    }
                    let id = Int.random(in: 0..<5, using: &random) == 0 ? "own-\(step)-\(number)" : nil
                    return try! Draft(topics: topics, data: "x", id: id)
                }
                guard case .committed(let ids) = bench.append([Publication(drafts)])[0] else {
                    Issue.record("refused, seed \(seed)")
                    return
                }
                for (draft, id) in zip(drafts, ids) { model.events.append((Set(draft.topics), id)) }
            case 5..<8:
                guard !model.events.isEmpty else { continue }
                // Somewhere near the end, and now and then far behind it.
                let position = max(0, model.events.count - [0, 0, 1, 3, 9, 40].randomElement(using: &random)!)
                let name = Bool.random(using: &random) ? Self.names.randomElement(using: &random)! : nil
                let stop = Int.random(in: 0..<9, using: &random) == 0 ? "~stop" : ""
                let refusal = bench.acknowledge("e1-\(position)\(stop)", of: name, by: user)
                let isTheirs = model.acknowledge(name.map(topic), user, through: position)
                #expect((refusal == nil) == isTheirs, "seed \(seed), step \(step)")
                if !isTheirs { #expect(refusal?.code == .foreignTopic) }
            case 8:
                let patterns = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    pattern(Self.wishes.randomElement(using: &random)!)
                }
                #expect(bench.change(user, .add(patterns)) == nil)
                model.add(patterns, to: user)
            default:
                bench.expire()
            }
            model.letGo(before: bench.kept.lowerBound)
            for user in ["u", "v"] {
                model.check(try await bench.summary(of: user), user, "seed \(seed), step \(step), user \(user)")
            }
        }
    }

    @Test(arguments: 0..<6, LogKind.all)
    func `events between any two positions are counted and found`(seed: UInt64, kind: LogKind) throws {
        var random = SeededGenerator(seed: seed)
        let bench = LogBench(kind, events: 60)
        var all: [Set<TopicName>] = []
        let names = ["a", "b", "users/u"].map(topic)
        for _ in 0..<100 {
            let some = names.filter { _ in Int.random(in: 0..<3, using: &random) == 0 } + [topic("x")]
            bench.append(try Draft(topics: some, data: "x"))
            all.append(Set(some))
            let requests = names.map { UnreadRequest(topic: $0, after: Int.random(in: 0...all.count, using: &random)) }
            let last = Int.random(in: 0...all.count, using: &random)
            let counts = Answer<[UnreadCount]>()
            bench.log.count(requests, through: last) { counts.bring(try! $0.get()) }
            var left = requests
            var found: [Position] = []
            while !left.isEmpty {
                let step = Answer<(found: [Position], left: [UnreadRequest])>()
                bench.log.positions(of: left, through: last) { step.bring(try! $0.get()) }
                let (some, rest) = step.wait()
                found += some
                left = rest
            }
            var wanted: [[Position]] = []
            for request in requests {
                let first = max(request.after + 1, bench.kept.lowerBound)
                wanted.append((first..<max(first, last + 1)).filter { all[$0 - 1].contains(request.topic) })
            }
            let told = counts.wait()
            #expect(told == wanted.map { UnreadCount(count: $0.count, first: $0.first) }, "seed \(seed)")
            #expect(found == wanted.flatMap(\.self), "seed \(seed)")
        }
    }

    @Test(arguments: LogKind.all) func `thousands of unread events on two topics are told apart`(
        kind: LogKind
    ) async throws {
        let bench = LogBench(kind)
        for part in 0..<4 {
            bench.append(
                (0..<3000).map { number in
                    Publication([
                        part % 2 == 0 && number % 3 == 0 ? draft("users/u", "users/u/a") : draft("users/u/a")
                    ])
                })
        }
        let summary = try await bench.summary(of: "u")
        #expect(summary.unread == 12_000 && summary.topics.map(\.unread) == [2000, 12_000])
        bench.acknowledge("e1-6000", of: "users/u/a", by: "u")
        #expect(try await bench.summary(of: "u").unread == 7000)
    }

    @Test(arguments: LogKind.all) func `a user who has said nothing has unread what is kept, and no gap`(
        kind: LogKind
    ) async throws {
        let bench = LogBench(kind, events: 3)
        for number in 1...5 { bench.append(draft(number == 4 ? "users/v" : "users/u/chat")) }
        let summary = try await bench.summary(of: "u")
        #expect(summary.unread == 2 && summary.first == "e1-3" && !summary.hasGap && summary.patterns == [])
        #expect(summary.topics.map(\.topic) == [topic("users/u/chat")])
        let nobody = try await bench.summary(of: "nobody")
        #expect(nobody.unread == 0 && nobody.first == nil && nobody.topics.isEmpty && !nobody.hasGap)
    }

    @Test(arguments: LogKind.all) func `an event on several topics counts once in all, and in each`(
        kind: LogKind
    ) async throws {
        let bench = LogBench(kind)
        bench.append(draft("users/u", "users/u/a", "other"), draft("users/u/a"), draft("users/u"))
        #expect(try await bench.unread("u") == ["users/u": 2, "users/u/a": 2])
        #expect(try await bench.summary(of: "u").unread == 3)
        // Read on one of its topics, it is unread by the other.
        bench.acknowledge("e1-1", of: "users/u", by: "u")
        #expect(try await bench.unread("u") == ["users/u": 1, "users/u/a": 2])
        #expect(try await bench.summary(of: "u").unread == 3)
        bench.acknowledge("e1-2", of: "users/u/a", by: "u")
        #expect(try await bench.summary(of: "u").first == "e1-3")
    }

    @Test(arguments: LogKind.all) func `a pattern counts from where it was added, and one that stays keeps its place`(
        kind: LogKind
    ) async throws {
        let bench = LogBench(kind)
        bench.append(draft("group/1"), draft("group/2"))
        bench.add("group/1", "other/*", to: "u")
        bench.append(draft("group/1"), draft("group/2"), draft("other/x"))
        #expect(try await bench.unread("u") == ["group/1": 1, "other/x": 1])
        bench.add("group/2", "group/1", to: "u")
        bench.append(draft("group/1"), draft("group/2"), draft("other/x"))
        #expect(try await bench.unread("u") == ["group/1": 2, "group/2": 1])
        #expect(try await bench.summary(of: "u").patterns == [pattern("group/2"), pattern("group/1")])
        // What was taken away and comes back begins anew.
        bench.add(to: "u")
        #expect(try await bench.unread("u") == [:])
        bench.add("group/1", to: "u")
        #expect(try await bench.unread("u") == [:])
    }

    @Test(
        arguments: [
            ("e1-0", nil), ("e1-5", nil), ("e1-2", nil), ("seven", nil), ("e1-5~stop", nil), ("e1-8", .badID),
            ("e1-9223372036854775807", .badID), ("two", .badID), ("", .badID), ("e1-05", .badID), ("~stop", .badID),
            ("zz-1", .unknownEpoch), ("order-7", .badID), ("a\0\n\u{1F600}", .badID),
            (String(repeating: "x", count: 5000), .badID),
        ] as [(String, HubError.Code?)], LogKind.all)
    func `an id is taken or refused`(_ wanted: (id: String, code: HubError.Code?), kind: LogKind) async throws {
        let bench = LogBench(kind, events: 4)
        for number in 1...7 {
            bench.append(draft("users/u", id: number == 2 ? "two" : number == 7 ? "seven" : nil))
        }
        let before = try await bench.summary(of: "u")
        let refusal = bench.acknowledge(wanted.id, by: "u")
        #expect(refusal?.code == wanted.code, "\(refusal.map(\.description) ?? "")")
        if let refusal {
            #expect(refusal.description.utf8.count < 400)
            #expect(try await bench.summary(of: "u") == before)
        }
        bench.acknowledge("seven", by: "u")
        #expect(try await bench.summary(of: "u").unread == 0)
    }

    @Test(arguments: LogKind.all) func `a mark never goes back`(kind: LogKind) async throws {
        let bench = LogBench(kind)
        for _ in 0..<4 { bench.append(draft("users/u")) }
        bench.acknowledge("e1-3", by: "u")
        bench.acknowledge("e1-1", by: "u")
        bench.acknowledge("e1-2", of: "users/u", by: "u")
        #expect(try await bench.unread("u") == ["users/u": 1])
        bench.acknowledge("e1-4", of: "users/u", by: "u")
        bench.acknowledge("e1-3", of: "users/u", by: "u")
        #expect(try await bench.unread("u") == [:])
    }

    @Test(arguments: LogKind.all) func `unread events that are gone are a gap, until what was lost is acknowledged`(
        kind: LogKind
    ) async throws {
        let bench = LogBench(kind, events: 4)
        bench.add("group", to: "u")
        bench.append(draft("users/u"), draft("users/u/a"), draft("group"), draft("x"))
        func hasGap() async throws -> Bool { try await bench.summary(of: "u").hasGap }
        #expect(try await !hasGap())
        bench.acknowledge("e1-1", by: "u")
        bench.append(draft("x"))
        // What is gone was read.
        #expect(try await !hasGap())
        bench.append(draft("x"))
        #expect(bench.kept.lowerBound == 3)
        #expect(try await hasGap())
        // Of another topic, or not far enough.
        bench.acknowledge("e1-6", of: "users/u", by: "u")
        bench.acknowledge("e1-1", by: "u")
        #expect(try await hasGap())
        bench.acknowledge("e1-2", of: "users/u/a", by: "u")
        #expect(try await !hasGap())
        // Of an added pattern.
        bench.append(draft("x"))
        #expect(try await hasGap())
        bench.acknowledge("e1-3", of: "group", by: "u")
        #expect(try await !hasGap())
        // A user who knows of nothing misses nothing.
        #expect(try await !bench.summary(of: "v").hasGap)
    }

    @Test(arguments: LogKind.all)
    func `losses on more topics than are told apart are a gap until everything is acknowledged`(
        kind: LogKind
    ) async throws {
        let bench = LogBench(kind, events: 2)
        bench.acknowledge("e1-0", by: "u")
        let count = InboxLosses.mostTopics + 4
        for number in 1...count { bench.append(draft("users/u/\(number)")) }
        bench.append(draft("x"), draft("x"))
        for number in 1...count { bench.acknowledge("e1-\(count)", of: "users/u/\(number)", by: "u") }
        #expect(try await bench.summary(of: "u").hasGap)
        bench.acknowledge("e1-\(count)", by: "u")
        #expect(try await !bench.summary(of: "u").hasGap)
    }

    @Test(arguments: LogKind.all) func `a list of topics comes in pages, each with the sums over all`(
        kind: LogKind
    ) async throws {
        let bench = LogBench(kind)
        bench.append((0..<3000).map { Publication([draft("users/u/\($0)", "users/u", "users/v/\($0)")]) })
        let wanted = (["users/u"] + (0..<3000).map { "users/u/\($0)" }).sorted()
        var found: [String] = []
        var after: String?
        repeat {
            let page = try await bench.summary(of: "u", after: after, most: 700)
            #expect(page.unread == 3000 && page.first == "e1-1")
            found += page.topics.map(\.topic.text)
            after = page.next
        } while after != nil
        #expect(found == wanted)
    }

    @Test(arguments: LogKind.all) func `names that look the same, or begin alike, are different users`(
        kind: LogKind
    ) async throws {
        let bench = LogBench(kind)
        bench.append(
            draft("users/caf\u{E9}/a"), draft("users/cafe\u{301}/a"), draft("users/cafe"), draft("users/caf\u{E9}0"))
        for (user, id) in [("caf\u{E9}", "e1-1"), ("cafe\u{301}", "e1-2"), ("cafe", "e1-3"), ("caf\u{E9}0", "e1-4")] {
            let summary = try await bench.summary(of: user)
            #expect(summary.unread == 1 && summary.first == id)
        }
        bench.acknowledge("e1-4", by: "caf\u{E9}")
        #expect(try await bench.summary(of: "cafe\u{301}").unread == 1)
    }

    @Test(arguments: LogKind.all) func `followers are told of new topics between the events where they hold`(
        kind: LogKind
    ) throws {
        let bench = LogBench(kind)
        bench.append(draft("a"))
        bench.add("group", to: "u")
        bench.append(draft("a"))
        bench.add("group", to: "u")
        bench.add("group", "a", to: "u")
        bench.acknowledge("e1-1", by: "u")
        let batches = bench.queue.take()
        #expect(batches.map { $0.events.map(\.position) } == [[1], [], [2], []])
        let user = try InboxUser("u")
        let own = ["users/u", "users/u/**"].map(pattern)
        #expect(
            batches.compactMap(\.inbox) == [
                InboxTopics(user: user, patterns: own + [pattern("group")], revision: 1),
                InboxTopics(user: user, patterns: own + [pattern("group"), pattern("a")], revision: 2),
            ])
    }

    @Test(arguments: LogKind.all) func `a stream of what is unread starts before the first of it, or at the end`(
        kind: LogKind
    ) async throws {
        let bench = LogBench(kind, events: 4)
        let user = try InboxUser("u")
        bench.append(draft("x"), draft("users/u"), draft("x"))
        #expect(try await bench.log.unreadStart(of: user).start == .at(1, nil))
        bench.acknowledge("e1-2", by: "u")
        let (topics, start) = try await bench.log.unreadStart(of: user)
        #expect(start == .at(3, nil))
        #expect(topics.patterns == ["users/u", "users/u/**"].map(pattern))
        bench.append(draft("users/u"), draft("users/u"))
        for _ in 0..<3 { bench.append(draft("x")) }
        // The fourth is gone, the fifth is left.
        let gap = Gap(requested: "e1-2", reason: .expired)
        #expect(try await bench.log.unreadStart(of: user).start == .at(4, gap))
        #expect(bench.locate(.at(4, gap)) == Location(cursor: 4, gap: gap))
        #expect(bench.locate(.at(4, nil), through: 2) == Location(cursor: 2))
    }
}
