import Foundation
import Hub
import HubSamples
import Testing
import TimerWheel

@testable import SQLiteLog

/// What others do to the file while the hub is away, and beside it while it runs.
@Suite struct TamperingTests {
    @Test(
        arguments: [
            "position = 5", "position BETWEEN 2 AND 9", "position > 15", "position IN (1, 2, 19, 20)", "position > 0",
        ], [1, 4, 4096])
    func `events that somebody took out are missing, and nothing else`(which: String, tail: Int) throws {
        let bench = FileBench()
        var log = try bench.open(tail: tail)
        for number in 1...20 { bench.append(draft(number % 2 == 0 ? "even" : "odd", "all"), to: log) }
        bench.settle(log)
        log.close()
        do {
            let connection = try Connection(bench.path)
            try connection.run("DELETE FROM events WHERE \(which)")
        }
        log = try bench.open(tail: tail)
        let kept = bench.events(log, of: "all").map(\.position)
        #expect(bench.events(log).map(\.position) == kept)
        let ids = Set(bench.events(log).map(\.id))
        bench.append(draft("odd", "all"), to: log)
        bench.append(draft("even", "all"), to: log)
        let last = log.kept.upperBound - 1
        for (name, rest) in [("odd", 1), ("even", 0)] {
            let wanted = kept.filter { $0 % 2 == rest } + [name == "odd" ? last - 1 : last]
            #expect(bench.events(log, of: name).map(\.position) == wanted)
            #expect(bench.locate(.last(1), log, name).cursor == wanted.last! - 1)
        }
        // An id that was given is never given to another event.
        #expect(bench.events(log, after: last - 2).allSatisfy { $0.id.hasPrefix("e2-") && !ids.contains($0.id) })
        log.close()
        log = try bench.open(tail: tail)
        #expect(bench.events(log).map(\.position) == kept + [last - 1, last])
        log.close()
    }

    @Test func `what is no file is refused, and left`() throws {
        let bench = FileBench()
        #expect(mkfifo(bench.path, 0o600) == 0)
        #expect(bench.refusal()?.code == .foreign)
        #expect(bench.files == ["log.db"])
        unlink(bench.path)
        try FileManager.default.createDirectory(atPath: bench.path, withIntermediateDirectories: false)
        #expect(bench.refusal()?.code == .foreign)
        var status = stat()
        #expect(stat(bench.path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR)
    }

    @Test func `a file of another name for an open log is in use`() throws {
        let bench = FileBench()
        let log = try bench.open()
        defer { log.close() }
        let other = bench.directory.appending(path: "other.db").path
        #expect(link(bench.path, other) == 0)
        let error = #expect(throws: SQLiteLogError.self) {
            try SQLiteLog(path: other, retention: Retention(events: 1, age: 1, bytes: 1), clock: bench.clock, boot: nil)
            {
                "x"
            }
        }
        #expect(error?.code == .inUse)
        bench.append(draft("a"), to: log)
        #expect(bench.events(log).count == 1)
    }

    @Test func `without the file beside it no event is taken, until that is back`() throws {
        let bench = FileBench()
        let log = try bench.open()
        defer { log.close() }
        bench.append(draft("a"), to: log)
        try FileManager.default.moveItem(atPath: bench.path + "-wal", toPath: bench.path + "-away")
        #expect(bench.append(draft("a"), to: log).refusal?.code == .unavailable)
        #expect(log.trouble?.contains("-wal") == true)
        try FileManager.default.moveItem(atPath: bench.path + "-away", toPath: bench.path + "-wal")
        #expect(bench.append(draft("a"), to: log) == .committed(["e1-2"]))
    }

    @Test func `a file that is away is not made anew over what stands beside it`() throws {
        let bench = FileBench()
        try Data("newest events".utf8).write(to: URL(filePath: bench.path + "-wal"))
        #expect(bench.refusal()?.code == .foreign)
        #expect(bench.files == ["log.db-wal"])
    }

    @Test func `what retention cannot read stays, and events are taken all the same`() throws {
        let bench = FileBench()
        var log = try bench.open(tail: 1)
        for _ in 0..<10 { bench.append(draft("a"), to: log) }
        log.close()
        try Connection(bench.path).run("UPDATE events SET topics = '' WHERE position = 3")
        log = try bench.open(events: 5, tail: 1)
        for position in 11...14 { #expect(bench.append(draft("b"), to: log) == .committed(["e2-\(position)"])) }
        bench.expire(log)
        #expect(log.kept.lowerBound <= 3)
        #expect(log.trouble?.contains("cannot be let go of") == true, "\(log.trouble ?? "")")
        log.close()
        try Connection(bench.path).run("UPDATE events SET topics = 'a' WHERE position = 3")
        log = try bench.open(events: 5, tail: 1)
        bench.expire(log)
        #expect(log.kept == 10..<15 && log.trouble == nil)
        log.close()
    }

    @Test func `an id whose event cannot be read is refused for who repeats it, and for nobody else`() throws {
        let bench = FileBench()
        var log = try bench.open(tail: 1)
        for _ in 0..<3 { bench.append(draft("a"), to: log) }
        bench.append(draft("a", id: "own"), to: log)
        for _ in 0..<3 { bench.append(draft("a"), to: log) }
        log.close()
        try Connection(bench.path).run("UPDATE events SET topics = '' WHERE id = 'own'")
        log = try bench.open(tail: 1)
        defer { log.close() }
        let outcomes = bench.append(
            [Publication([draft("b")]), Publication([draft("a", id: "own")]), Publication([draft("c")])], to: log)
        #expect(outcomes[0] == .committed(["e2-8"]) && outcomes[2] == .committed(["e2-9"]))
        #expect(outcomes[1].refusal?.code == .unavailable)
    }
}
