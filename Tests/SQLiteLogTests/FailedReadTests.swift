import CSQLite
import Foundation
import Hub
import HubSamples
import SQLiteFaults
import Testing

@testable import SQLiteLog

/// A file that cannot be read, as a whole or in part.
@Suite struct FailedReadTests {
    /// Every kind of question that goes to the file, each with an answer or with the reason why there is none.
    private func ask(_ log: SQLiteLog, _ bench: FileBench) -> [(name: String, error: HubError?)] {
        func error<Value>(_ result: Result<Value, HubError>) -> HubError? {
            if case .failure(let error) = result { error } else { nil }
        }
        let last = log.kept.upperBound - 1
        func read(_ topic: String) -> ReadRequest {
            ReadRequest(patterns: [pattern(topic)], after: 0, through: last, events: 100, bytes: 1 << 20)
        }
        func locate(_ start: Start) -> Result<Location, HubError> {
            var request = LocateRequest(patterns: [pattern("a")], start: start, through: last, clock: bench.clock)
            while true {
                let answer = log.answer(to: request)
                guard case .success(let location) = answer, let next = location.next else { return answer }
                request = next
            }
        }
        return [
            ("all", error(log.answer(to: read("**")))), ("a topic", error(log.answer(to: read("a")))),
            ("an own id", error(locate(.after("own")))), ("the last ones", error(locate(.last(15)))),
            ("a time", error(locate(.since(bench.time)))), ("an age", error(locate(.ago(5000)))),
            ("topics", error(log.step(in: TopicRange(after: nil), after: .beginning, through: last))),
            ("summaries", error(log.summary(of: [topic("a")]))),
        ]
    }

    @Test(arguments: [
        (SQLITE_IOERR | 1 << 8, "the disk reports an error"), (SQLITE_CORRUPT, "the file is damaged"),
    ])
    func `each question is answered with the cause, and again with what was asked for once the disk is back`(
        code: CInt, cause: String
    ) throws {
        let bench = FileBench()
        let disk = Disk()
        let log = try bench.open(tail: 4, system: disk.name)
        for number in 0..<20 { bench.append(draft("a", data: "\(number)", id: number == 3 ? "own" : nil), to: log) }
        disk.fail(FAULT_READ, code)
        for (name, error) in ask(log, bench) {
            #expect(error?.code == .unavailable, "\(name)")
            #expect(error?.description.contains(cause) == true, "\(name): \(error?.description ?? "")")
        }
        #expect(log.trouble?.contains("cannot be read: \(cause)") == true, "\(log.trouble ?? "")")
        // Those who need nothing of the disk are served, and events are taken.
        #expect(bench.resume(after: "e1-19", log) == Location(cursor: 19))
        #expect(bench.append(draft("b"), to: log) == .committed(["e1-21"]))
        bench.expire(log)
        #expect(log.trouble != nil)

        disk.recover()
        #expect(ask(log, bench).allSatisfy { $0.error == nil })
        bench.expire(log)
        #expect(log.trouble == nil)
        log.close()
    }

    /// A file with a page that makes no sense, and a way to mend it.
    private struct DamagedPage {
        let path: String
        let offset: UInt64
        let bytes: Data

        /// Damages the page of an event whose data is `text`.
        init(holding text: String, in path: String) throws {
            self.path = path
            let contents = try Data(contentsOf: URL(filePath: path))
            let place = try #require(contents.range(of: Data(text.utf8))).lowerBound
            let size = Int(contents[16]) << 8 | Int(contents[17])
            offset = UInt64(place / size * size)
            bytes = contents[Int(offset)..<Int(offset) + size]
            try write(Data(repeating: 0xFF, count: size))
        }

        func mend() throws { try write(bytes) }

        private func write(_ bytes: Data) throws {
            let file = try FileHandle(forUpdating: URL(filePath: path))
            try file.seek(toOffset: offset)
            try file.write(contentsOf: bytes)
            try file.close()
        }
    }

    @Test func `a damaged page costs those who ask for what is on it, and nobody else`() throws {
        let bench = FileBench()
        var log = try bench.open(tail: 4)
        let filler = String(repeating: "x", count: 500)
        for number in 0..<200 {
            bench.append(draft(number % 2 == 0 ? "even" : "odd", data: "<\(number)>\(filler)"), to: log)
        }
        log.close()
        let page = try DamagedPage(holding: "<100>", in: bench.path)
        log = try bench.open(tail: 4)
        func read(after: Position, _ topic: String = "**", events: Int = 20) -> Result<ReadPage, HubError> {
            log.answer(
                to: ReadRequest(
                    patterns: [pattern(topic)], after: after, through: log.kept.upperBound - 1, events: events,
                    bytes: 1 << 20))
        }
        // What comes before it is told, and not lost with what cannot be read.
        #expect(try read(after: 10).get().events.map(\.position) == Array(11...30))
        let before = try read(after: 0, events: 1000).get()
        #expect(before.events.count == before.cursor && (80...100).contains(before.cursor))
        #expect(throws: HubError.self) { try read(after: before.cursor).get() }
        #expect(throws: HubError.self) { try read(after: before.cursor, "even").get() }
        #expect(log.trouble?.contains("cannot be read: the file is damaged") == true)
        #expect(try read(after: 150).get().events.count == 20)
        #expect(bench.append(draft("even"), to: log) == .committed(["e2-201"]))
        // That others can read, and that events are taken, does not mean that all is well.
        bench.expire(log)
        #expect(log.trouble != nil)

        try page.mend()
        bench.expire(log)
        #expect(log.trouble == nil)
        #expect(try read(after: before.cursor).get().events.map(\.position) == (1...20).map { before.cursor + $0 })
        log.close()
    }

    @Test func `a log that is closed says so`() throws {
        let bench = FileBench()
        let log = try bench.open(tail: 4)
        for _ in 0..<20 { bench.append(draft("a"), to: log) }
        log.close()
        for (name, error) in ask(log, bench) {
            #expect(error?.description.contains("it is closed") == true, "\(name)")
        }
    }
}
