import Foundation
import Hub
import HubSamples
import SeededRandomness
import Testing
import TimerWheel

@testable import SQLiteLog

@Suite struct ReopeningTests {
    @Test(arguments: [1, 4, 4096])
    func `all parts of all events are there again`(tail: Int) throws {
        let bench = FileBench()
        var log = try bench.open(tail: tail)
        let drafts = [
            draft("a", data: "", type: "t", id: "own", retry: 7), draft("a", "b/c", "\u{E9}", data: "x\0\n\u{1F600}y"),
            draft("e\u{301}", data: String(repeating: "long ", count: 40_000)), draft("a", retry: 0, isPrivate: true),
        ]
        for (index, draft) in drafts.enumerated() {
            bench.time += 1000
            bench.append(draft, to: log, user: index == 1 ? nil : "u\(index)")
        }
        let before = bench.events(log)
        log.close()
        log = try bench.open(tail: tail)
        defer { log.close() }
        let after = bench.events(log)
        #expect(after.map(\.position) == [1, 2, 3, 4])
        #expect(after.map(\.draft) == drafts)
        #expect(after.map(\.id) == ["own", "e1-2", "e1-3", "e1-4"])
        #expect(after.map(\.publisher) == ["u0", nil, "u2", "u3"])
        #expect(after.map(\.time) == before.map(\.time))
        #expect(after.map(\.arrival) == before.map(\.arrival))
        // Names that look the same are not the same.
        #expect(bench.events(log, of: "\u{E9}").map(\.position) == [2])
        #expect(bench.events(log, of: "e\u{301}").map(\.position) == [3])
    }

    @Test func `positions go on, and each start is an epoch of its own`() throws {
        let bench = FileBench()
        for start in 1...3 {
            let log = try bench.open()
            #expect(log.epoch == "e\(start)")
            #expect(
                bench.append(draft("a"), draft("a"), to: log)
                    == .committed(["e\(start)-\(start * 2 - 1)", "e\(start)-\(start * 2)"]))
            log.close()
        }
        let log = try bench.open()
        defer { log.close() }
        #expect(log.kept == 1..<7)
        #expect(bench.events(log).map(\.id) == ["e1-1", "e1-2", "e2-3", "e2-4", "e3-5", "e3-6"])
    }

    @Test(
        arguments: [
            ("e1-2", 2, nil), ("e1-1", 1, nil), ("e2-3", 3, nil), ("e2-4", 4, nil), ("e3-4", 4, nil), ("e1-0", 0, nil),
            // An opening id names any position by the epoch that was the present one.
            ("e2-1", 1, nil), ("e3-1", 1, nil),
            // Beyond the end of their epochs: these were never given, or are of a file that is no more.
            ("e1-3", 0, .unknown), ("e2-5", 0, .unknown), ("e3-5", 0, .unknown),
            ("zz-1", 0, .epoch), ("order-1", 0, .unknown), ("own", 3, nil),
        ] as [(String, Position, Gap.Reason?)])
    func `after two restarts an id resumes at`(id: String, cursor: Position, reason: Gap.Reason?) throws {
        let bench = FileBench()
        var log = try bench.open()
        bench.append(draft("a"), draft("a"), to: log)
        log.close()
        log = try bench.open()
        bench.append(draft("a", id: "own"), draft("a"), to: log)
        log.close()
        log = try bench.open()
        defer { log.close() }
        let gap = reason.map { Gap(requested: id, reason: $0) }
        #expect(bench.resume(after: id, log) == Location(cursor: cursor, gap: gap))
    }

    @Test func `ids given after a backup are unknown once it is restored, and never given again`() throws {
        let bench = FileBench()
        var log = try bench.open()
        bench.append(draft("a", data: "1"), to: log)
        log.close()
        let copy = bench.directory.appending(path: "copy")
        try FileManager.default.copyItem(atPath: bench.path, toPath: copy.path)
        log = try bench.open()
        #expect(bench.append(draft("a", data: "2"), to: log) == .committed(["e2-2"]))
        log.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: bench.path + suffix) }
        try FileManager.default.copyItem(atPath: copy.path, toPath: bench.path)
        log = try bench.open()
        defer { log.close() }
        #expect(bench.append(draft("a", data: "other"), to: log) == .committed(["e3-2"]))
        #expect(bench.resume(after: "e1-1", log) == Location(cursor: 1))
        let gap = bench.resume(after: "e2-2", log).gap
        #expect(gap?.reason == .epoch && gap?.repeats == true)
    }

    @Test(arguments: 0..<20) func `a log that was closed is one file, beside its lock`(_: Int) throws {
        let bench = FileBench()
        let log = try bench.open(tail: 1)
        for _ in 0..<3 { bench.append(draft("a"), draft("b"), to: log) }
        _ = bench.locate(.last(3), log, "a")
        log.close()
        #expect(bench.files == ["log.db", "log.db-lock"])
    }

    @Test func `a file that was deleted is a new log`() throws {
        let bench = FileBench()
        var log = try bench.open()
        bench.append(draft("a"), to: log)
        log.close()
        for name in bench.files { try FileManager.default.removeItem(at: bench.directory.appending(path: name)) }
        log = try bench.open()
        defer { log.close() }
        #expect(log.kept == 1..<1)
        #expect(bench.resume(after: "e1-1", log).gap?.reason == .epoch)
        #expect(bench.append(draft("a"), to: log) == .committed(["e2-1"]))
    }

    @Test func `a log that retention emptied goes on where it was`() throws {
        let bench = FileBench()
        var log = try bench.open(age: 1000)
        bench.append(draft("a"), draft("a"), to: log)
        bench.now += 2000
        bench.expire(log)
        #expect(log.kept == 3..<3)
        log.close()
        log = try bench.open(age: 1000)
        defer { log.close() }
        #expect(log.kept == 3..<3)
        #expect(bench.resume(after: "e1-2", log) == Location(cursor: 2))
        #expect(bench.resume(after: "e1-1", log).gap?.reason == .expired)
        #expect(bench.append(draft("a"), to: log) == .committed(["e2-3"]))
    }

    @Test func `publishers' ids are theirs across restarts, and no epoch's`() throws {
        let bench = FileBench()
        var log = try bench.open()
        bench.append(draft("a", id: "own"), to: log, user: "u")
        log.close()
        log = try bench.open()
        defer { log.close() }
        #expect(bench.append(draft("a", id: "own"), to: log, user: "u") == .repeated(["own"]))
        #expect(bench.append(draft("a", data: "y", id: "own"), to: log, user: "u").refusal?.code == .conflict)
        #expect(bench.append(draft("a", id: "own"), to: log, user: "v").refusal?.code == .conflict)
        for id in ["e1-7", "e2-7"] { #expect(bench.append(draft("a", id: id), to: log).refusal?.code == .badEvent) }
        #expect(bench.append(draft("a", id: "e3-7"), to: log) == .committed(["e3-7"]))
        log.close()
        // That name is no epoch's now.
        log = try bench.open()
        #expect(log.epoch == "e4")
    }

    /// What a hub does while the clocks go on, jump and begin anew.
    @Test(
        arguments: [
            // The machine ran on: what people did to their clock does not matter.
            ("boot-1", 400, 3_600_000, true), ("boot-1", 400, -3_600_000, true), ("boot-1", 600, 0, false),
            // It was started anew: only people's clock knows.
            ("boot-2", -9_000_000, 400, true), ("boot-2", -9_000_000, 600, false), ("boot-2", -9_000_000, -5000, true),
            (nil, 5000, 400, true),
        ] as [(String?, Int, Int, Bool)])
    func `across a restart events age as the time goes that is known to have passed`(
        boot: String?, now: Int, time: Int, isKept: Bool
    ) throws {
        let bench = FileBench()
        var log = try bench.open(age: 1000)
        bench.append(draft("a"), to: log)
        bench.now += 500
        bench.time += 500
        bench.append(draft("b"), to: log)
        log.close()
        bench.boot = boot
        bench.now += now
        bench.time += time
        log = try bench.open(age: 1000)
        bench.expire(log)
        #expect(log.kept.contains(1) == isKept)
        #expect(log.kept.contains(2))
        bench.now += 2000
        bench.expire(log)
        #expect(log.kept == 3..<3)
        log.close()
    }

    @Test(arguments: 0..<10)
    func `after any restarts each topic has its events`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bench = FileBench()
        let names = (0..<5).map { "t/\($0)" }
        var all: [LoggedEvent] = []
        let queue = BatchList()
        for _ in 0..<6 {
            let log = try bench.open(events: 60, tail: [1, 3, 10].randomElement(using: &random)!)
            _ = log.follow { queue.add($0) }
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let drafts = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                    draft(names.randomElement(using: &random)!, names.randomElement(using: &random)!)
                }
                bench.append([Publication(OneOrMore(drafts)!)], to: log).forEach { #expect($0.refusal == nil) }
            }
            all += queue.take()
            bench.settle(log)
            let kept = all.suffix(60)
            #expect(log.kept == all.count - kept.count + 1..<all.count + 1, "seed \(seed)")
            for name in names {
                let wanted = kept.filter { $0.draft.topics.contains(try! TopicName(name)) }
                #expect(bench.events(log, of: name).map(\.id) == wanted.map(\.id), "seed \(seed)")
                let cursor = wanted.suffix(3).first.map { $0.position - 1 } ?? all.count
                #expect(bench.locate(.last(3), log, name).cursor == cursor, "seed \(seed)")
            }
            log.close()
        }
    }
}
