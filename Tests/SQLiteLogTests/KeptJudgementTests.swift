import Foundation
import Hub
import HubSamples
import Testing
import TimerWheel

@testable import SQLiteLog

@Suite struct KeptJudgementTests {
    private func ends(_ log: SQLiteLog, of names: String...) -> [Position?] { log.ends(of: names.map(topic)) }

    @Test(arguments: [1, 4096]) func `keys and ends are known after a restart`(tail: Int) throws {
        let bench = FileBench()
        var log = try bench.open(tail: tail)
        let keyed = Publication([draft("a", data: "1"), draft("b", id: "own")], user: "u", key: key("k", of: "u"))
        #expect(bench.append([keyed], to: log) == [.committed(["e1-1", "own"])])
        bench.append(draft("a", data: nil, isEnd: true), to: log)
        bench.append(draft("c", isEnd: true), to: log)
        let before = bench.events(log)
        log.close()
        log = try bench.open(tail: tail)
        defer { log.close() }
        #expect(bench.events(log).map(\.draft) == before.map(\.draft))
        #expect(log.hasEnds && ends(log, of: "c", "b", "a") == [4, nil, 3])
        #expect(bench.append([keyed], to: log) == [.repeated(["e1-1", "own"])])
        let other = Publication([draft("a", data: "2"), draft("b", id: "own")], user: "u", key: key("k", of: "u"))
        #expect(bench.append([other], to: log)[0].refusal?.code == .keyReused)
        #expect(bench.append(draft("c"), to: log).refusal?.code == .ended)
        #expect(bench.append(draft("b"), to: log) == .committed(["e2-5"]))
    }

    @Test func `what keys take is counted the same after a restart`() throws {
        let bench = FileBench()
        let one = draft("a")
        let size = LoggedEvent(one, position: 1, epoch: "e1", publisher: nil, clock: bench.clock).footprint
        let name = key(String(repeating: "k", count: 200))
        var log = try bench.open()
        bench.append([Publication([one, one], key: name)], to: log).forEach { #expect($0.refusal == nil) }
        log.close()
        // Room for the two, their key, and one more.
        let bytes = 3 * size + name.footprint(ids: 2)
        log = try bench.open(bytes: bytes)
        bench.append(one, to: log)
        bench.expire(log)
        #expect(log.kept == 1..<4)
        bench.append(one, to: log)
        bench.expire(log)
        // The first of the two bore the key.
        #expect(log.kept == 2..<5)
        log.close()
        log = try bench.open(bytes: 3 * size)
        defer { log.close() }
        bench.expire(log)
        #expect(log.kept == 2..<5)
    }

    @Test func `a log of the first form is brought forward, with all that it has`() throws {
        let bench = FileBench()
        do {
            try Data().write(to: URL(filePath: bench.path))
            let connection = try Connection(bench.path)
            try connection.run("PRAGMA auto_vacuum = INCREMENTAL")
            try Schema(steps: [Schema.present.steps[0]]).migrate(connection, from: 0)
            try connection.run(
                """
                INSERT INTO epochs (name, first, time, now, arrival) VALUES ('e0', 1, \(bench.time), 1, \(bench.time));
                INSERT INTO events VALUES (1, \(bench.time), \(bench.time), \(bench.time), 400, 'a', 'own', 't', 7, NULL, 'data');
                INSERT INTO ids VALUES ('own', 1);
                PRAGMA journal_mode = WAL;
                """)
        }
        let log = try bench.open()
        defer { log.close() }
        #expect(bench.events(log).map(\.draft) == [draft("a", data: "data", type: "t", id: "own", retry: 7)])
        #expect(!log.hasEnds)
        #expect(bench.append(draft("a", isEnd: true), to: log) == .committed(["e1-2"]))
        #expect(bench.append(draft("a", data: "data", type: "t", id: "own", retry: 7), to: log) == .repeated(["own"]))
    }
}
