import CSQLite
import Foundation
import Hub
import HubSamples
import SQLiteFaults
import SeededRandomness
import Testing

@testable import SQLiteLog

@Suite struct FailureTests {
    @Test(
        arguments: [
            (FAULT_WRITE, SQLITE_FULL, "the disk is full"),
            (FAULT_WRITE, SQLITE_IOERR | 3 << 8, "the disk reports an error"),
            (FAULT_SYNC, SQLITE_IOERR | 4 << 8, "the disk reports an error"),
            (FAULT_WRITE, SQLITE_READONLY, "cannot be written"),
        ] as [(Int, CInt, String)])
    func `a commit that fails refuses all of its group, keeps what was, and recovers`(
        kinds: Int, code: CInt, cause: String
    ) throws {
        let bench = FileBench()
        let disk = Disk()
        var log = try bench.open(system: disk.name)
        bench.append(draft("a", data: "1", id: "own"), to: log)
        let queue = BatchList()
        _ = log.follow { queue.add($0) }
        #expect(log.trouble == nil)

        disk.fail(kinds, code)
        for outcome in bench.append((0..<3).map { Publication(OneOrMore(draft("a", data: "bad \($0)"))) }, to: log) {
            #expect(outcome.refusal?.code == .unavailable)
            #expect(outcome.refusal?.description.contains(cause) == true, "\(outcome)")
        }
        #expect(log.trouble?.contains(cause) == true)
        #expect(log.kept == 1..<2)
        #expect(bench.events(log).map(\.draft.data) == ["1"])
        #expect(queue.take().isEmpty)

        // It finds out by itself.
        bench.expire(log)
        #expect(log.trouble != nil)
        disk.recover()
        bench.expire(log)
        #expect(log.trouble == nil)
        #expect(bench.append(draft("a", data: "2"), to: log) == .committed(["e1-2"]))
        #expect(queue.take().map(\.position) == [2])
        log.close()
        log = try bench.open()
        #expect(bench.events(log).map(\.draft.data) == ["1", "2"])
        log.close()
    }

    @Test func `what can be answered without the disk is answered while it fails`() throws {
        let bench = FileBench()
        let disk = Disk()
        let log = try bench.open(tail: 4096, system: disk.name)
        for number in 0..<10 { bench.append(draft("a", data: "\(number)"), to: log) }
        disk.fail(FAULT_WRITE | FAULT_READ | FAULT_SYNC, SQLITE_IOERR)
        #expect(bench.events(log).count == 10)
        #expect(bench.resume(after: "e1-4", log) == Location(cursor: 4))
        disk.recover()
        log.close()
    }

    /// Faults of any kind at any moment, with restarts, against a list of what was acknowledged.
    @Test(arguments: 0..<12)
    func `whatever fails, what was acknowledged is there once and in order`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bench = FileBench()
        let disk = Disk()
        var log = try bench.open(tail: 2, system: disk.name)
        var known: [String: String] = [:]
        var order: [String] = []
        // What was refused may be in the log all the same, once: the disk may have failed after it had it.
        var doubtful: Set<String> = []
        for number in 0..<150 {
            if Int.random(in: 0..<4, using: &random) == 0 {
                let kinds = [FAULT_WRITE, FAULT_SYNC, FAULT_TRUNCATE, FAULT_WRITE | FAULT_SYNC].randomElement(
                    using: &random)!
                let code = [SQLITE_FULL, SQLITE_IOERR].randomElement(using: &random)!
                disk.fail(kinds, code, after: Int.random(in: 0...12, using: &random))
            } else if Bool.random(using: &random) {
                disk.recover()
            }
            let own = Bool.random(using: &random) ? "own-\(number)" : nil
            let publication = Publication(
                OneOrMore(draft("t/\(number % 3)", data: "\(number)", id: own), [draft("t/x", data: "\(number)+")]))
            switch bench.append([publication], to: log)[0] {
            case .committed(let ids):
                known[ids[0]] = "\(number)"
                known[ids[1]] = "\(number)+"
                order += ids
            case .repeated: Issue.record("nothing was published twice")
            case .refused(let error):
                #expect(error.code == .unavailable)
                doubtful.insert("\(number)")
            }
            if Int.random(in: 0..<10, using: &random) == 0 { bench.expire(log) }
            if Int.random(in: 0..<25, using: &random) == 0 {
                log.close()
                disk.recover()
                log = try bench.open(tail: 2, system: disk.name)
            }
        }
        disk.recover()
        bench.expire(log)
        func check(_ log: SQLiteLog) {
            let events = bench.events(log)
            let told = events.filter { known[$0.id] == $0.draft.data }
            #expect(told.map(\.id) == order, "seed \(seed)")
            let others = events.filter { known[$0.id] != $0.draft.data }.map(\.draft.data)
            #expect(Set(others).count == others.count, "seed \(seed)")
            // A publication is there as a whole or not at all.
            let heads = others.filter { !$0.hasSuffix("+") }
            #expect(others == heads.flatMap { [$0, $0 + "+"] }, "seed \(seed)")
            #expect(doubtful.isSuperset(of: heads), "seed \(seed)")
            #expect(bench.events(log, of: "t/x").count == events.count / 2, "seed \(seed)")
        }
        check(log)
        #expect(!doubtful.isEmpty && disk.failures > 0, "seed \(seed)")
        log.close()
        // And for who opens it after that.
        log = try bench.open()
        check(log)
        log.close()
    }

    @Test func `a file that is moved away takes nothing until it is back`() throws {
        let bench = FileBench()
        let log = try bench.open()
        bench.append(draft("a"), to: log)
        try FileManager.default.moveItem(atPath: bench.path, toPath: bench.path + "-away")
        let refusal = bench.append(draft("a"), to: log).refusal
        #expect(refusal?.code == .unavailable)
        #expect(refusal?.description.contains("moved, removed or replaced") == true)
        try FileManager.default.moveItem(atPath: bench.path + "-away", toPath: bench.path)
        bench.expire(log)
        #expect(log.trouble == nil)
        #expect(bench.append(draft("a"), to: log) == .committed(["e1-2"]))
        log.close()
    }

    @Test func `a file that another program has locked takes nothing until it lets go`() throws {
        let bench = FileBench()
        let log = try bench.open()
        let other = try Connection(bench.path)
        try other.run("BEGIN IMMEDIATE")
        let refusal = bench.append(draft("a"), to: log).refusal
        #expect(refusal?.description.contains("another program has locked") == true)
        try other.run("ROLLBACK")
        #expect(bench.append(draft("a"), to: log) == .committed(["e1-1"]))
        log.close()
    }
}
