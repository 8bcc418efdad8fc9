import Foundation
import Hub
import HubSamples
import Testing

@testable import SQLiteLog

@Suite struct OpeningTests {
    @Test func `a log that is open cannot be opened again until it is closed`() throws {
        let bench = FileBench()
        let log = try bench.open()
        let refusal = bench.refusal()
        #expect(refusal?.code == .inUse)
        #expect(refusal?.description.contains("another hub") == true)
        bench.append(draft("a"), to: log)
        log.close()
        #expect(bench.refusal() == nil)
    }

    @Test func `a link to a log that is open is refused too`() throws {
        let bench = FileBench()
        let log = try bench.open()
        defer { log.close() }
        let link = bench.directory.appending(path: "link.db").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: bench.path)
        #expect(throws: SQLiteLogError.self) {
            try SQLiteLog(
                path: link, retention: Retention(events: 1, age: 1, bytes: 1), clock: bench.clock, boot: nil
            ) { "x" }
        }
    }

    /// What stands in files that are not logs.
    @Test(arguments: [
        Data("hello".utf8), Data(repeating: 0x20, count: 5000), Data("SQLite format 3\0".utf8) + Data(count: 84),
    ])
    func `a file of someone else's is refused and left as it is`(contents: Data) throws {
        let bench = FileBench()
        try contents.write(to: URL(filePath: bench.path))
        #expect(bench.refusal()?.code == .foreign)
        #expect(try Data(contentsOf: URL(filePath: bench.path)) == contents)
        #expect(bench.files == ["log.db"])
    }

    @Test func `a database of someone else's is refused and left as it is`() throws {
        let bench = FileBench()
        try Data().write(to: URL(filePath: bench.path))
        let connection = try Connection(bench.path)
        try connection.run("CREATE TABLE theirs (x); PRAGMA user_version = 1")
        let contents = try Data(contentsOf: URL(filePath: bench.path))
        #expect(bench.refusal()?.code == .foreign)
        #expect(try Data(contentsOf: URL(filePath: bench.path)) == contents)
        #expect(bench.files == ["log.db"])
    }

    @Test func `a newer log is refused and left as it is, an older one is brought forward`() throws {
        let bench = FileBench()
        var log = try bench.open()
        bench.append(draft("a"), to: log)
        log.close()
        let newer = Schema(steps: Schema.present.steps + ["ALTER TABLE hub ADD COLUMN more TEXT DEFAULT 'new'"])
        log = try bench.open(schema: newer)
        #expect(bench.events(log).map(\.id) == ["e1-1"])
        log.close()
        let contents = try Data(contentsOf: URL(filePath: bench.path))
        let refusal = bench.refusal()
        #expect(refusal?.code == .newer)
        #expect(refusal?.description.contains("newer version") == true)
        #expect(try Data(contentsOf: URL(filePath: bench.path)) == contents)
        #expect(bench.refusal(schema: newer) == nil)
    }

    @Test func `a step that fails leaves the log as it was`() throws {
        let bench = FileBench()
        var log = try bench.open()
        bench.append(draft("a"), to: log)
        log.close()
        let broken = Schema(steps: Schema.present.steps + ["ALTER TABLE hub ADD COLUMN more TEXT; SELECT nonsense"])
        #expect(bench.refusal(schema: broken)?.code == .failed)
        log = try bench.open()
        #expect(bench.events(log).count == 1)
        log.close()
    }

    @Test func `a log in a directory that is not there is refused`() {
        #expect(throws: SQLiteLogError.self) {
            try SQLiteLog(
                path: "/nowhere/at/all/log.db", retention: Retention(events: 1, age: 1, bytes: 1),
                clock: FileBench().clock, boot: nil
            ) { "x" }
        }
    }

    @Test func `a file of no bytes becomes a log`() throws {
        let bench = FileBench()
        try Data().write(to: URL(filePath: bench.path))
        #expect(bench.refusal() == nil)
    }

    @Test func `a file of no bytes beside which something stands is refused, and both are left`() throws {
        let bench = FileBench()
        try Data().write(to: URL(filePath: bench.path))
        try Data("theirs".utf8).write(to: URL(filePath: bench.path + "-wal"))
        #expect(bench.refusal()?.code == .foreign)
        #expect(bench.files == ["log.db", "log.db-wal"])
        #expect(try Data(contentsOf: URL(filePath: bench.path + "-wal")) == Data("theirs".utf8))
    }

    @Test func `whoever published before the log closed is answered, and who comes later is refused`() throws {
        let bench = FileBench()
        let log = try bench.open()
        let answers = (0..<20).map { number in
            let answer = Answer<[PublishOutcome]>()
            log.append([Publication(OneOrMore(draft("a", data: "\(number)")))], at: bench.clock) { answer.bring($0) }
            return answer
        }
        log.close()
        #expect(answers.map { $0.wait() } == (1...20).map { [.committed(["e1-\($0)"])] })
        #expect(bench.append(draft("a"), to: log).refusal?.code == .unavailable)
    }
}
