import CSQLite
import Foundation
import HubSamples
import SeededRandomness
import Testing

@testable import Hub
@testable import SQLiteLog

/// Pages of blocks, which are made of the file's bytes without an event in between.
@Suite struct BlockTests {
    /// What a stream that shows events as they were published gets, a page at a time.
    private func blocks(_ log: SQLiteLog, _ patterns: [TopicPattern], _ random: inout SeededGenerator) -> String {
        var bytes: [UInt8] = []
        var cursor = 0
        let last = log.kept.upperBound - 1
        while cursor < last {
            let page = log.page(
                ReadRequest(
                    patterns: patterns, after: cursor, through: last, events: Int.random(in: 1...20, using: &random),
                    bytes: Int.random(in: 1...500, using: &random), takesBlocks: true))
            #expect(page.events.isEmpty || page.blocks.isEmpty)
            #expect(page.cursor > cursor)
            for event in page.events { Presentation.plain.append(event, readableBy: .everything, to: &bytes) }
            bytes += page.blocks
            cursor = page.cursor
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: 0..<10)
    func `blocks say what the events say, in each epoch`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bench = FileBench()
        var log = try bench.open(tail: 2)
        let names = ["a", "b", "a/b", "b/c", "b/c/d"]
        let texts = ["", "x", "two\nlines", "\r\n", "nul \0", "\u{1F600}", String(repeating: "long ", count: 2000)]
        for number in 0..<60 {
            let drafts = (0..<Int.random(in: 1...4, using: &random)).map { part in
                let topics = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    topic(names.randomElement(using: &random)!)
                }
                let isEnd = Int.random(in: 0..<8, using: &random) == 0
                if isEnd {
                    return try! Draft(
                        topics: [topic("ended/\(number)/\(part)"), topic("a/\(number)\(part)")],
                        data: Bool.random(using: &random) ? nil : "bye", type: "t", isEnd: true)
                }
                return try! Draft(
                    topics: topics, data: texts.randomElement(using: &random)!,
                    type: [nil, "", "t", "\u{E9}"].randomElement(using: &random)!,
                    id: Int.random(in: 0..<5, using: &random) == 0 ? "own-\(number)-\(part)" : nil,
                    retry: [nil, 0, 86_400_000].randomElement(using: &random)!)
            }
            _ = bench.append([Publication(drafts)], to: log)
            if Int.random(in: 0..<15, using: &random) == 0 {
                log.close()
                log = try bench.open(tail: 2)
            }
        }
        for texts in [
            ["**"], ["a"], ["a", "b/c"], ["b/*"], ["b/**", "a"], ["*", "**"], ["none"], ["c/*"], ["ended/**"], ["a/*"],
        ] {
            let patterns = texts.map(pattern)
            var wanted: [UInt8] = []
            for event in bench.events(log) where patterns.match(event.draft.topics) {
                Presentation.plain.append(event, readableBy: .everything, to: &wanted)
            }
            #expect(blocks(log, patterns, &random) == String(decoding: wanted, as: UTF8.self), "\(texts)")
        }
        log.close()
    }

    @Test(arguments: ["topics = CAST(x'61C2' AS TEXT)", "data = CAST(x'61FF' AS TEXT)", "data = x'61E2'"])
    func `bytes that are no UTF-8 harm nobody`(change: String) throws {
        let bench = FileBench()
        var log = try bench.open(tail: 1)
        for _ in 0..<8 { bench.append(draft("a"), to: log) }
        log.close()
        try Connection(bench.path).run("UPDATE events SET \(change) WHERE position = 3")
        log = try bench.open(tail: 1)
        for takesBlocks in [true, false] {
            for topic in ["a", "**", "a*/**", "*"] {
                let page = log.page(
                    ReadRequest(
                        patterns: [pattern(topic)], after: 0, through: 6, events: 10, bytes: 1 << 20,
                        takesBlocks: takesBlocks))
                #expect(page.cursor == 6)
            }
        }
        log.close()
    }

    @Test(arguments: [
        "type = 'fanfare.gap'", "type = 'a' || char(10) || 'data: b'", "type = 'a' || char(13)", "retry = -1",
        "retry = 86400001", "topics = ''", "topics = 'a' || char(10)", "topics = 'a/*'", "topics = '$hub/a'",
        "topics = 'a' || char(7)",
    ])
    func `a row that others made wrong is refused in either form`(change: String) throws {
        let bench = FileBench()
        var log = try bench.open(tail: 1)
        for _ in 0..<8 { bench.append(draft("a", data: "x", type: "t", retry: 5), to: log) }
        log.close()
        try Connection(bench.path).run("UPDATE events SET \(change) WHERE position = 3")
        log = try bench.open(tail: 1)
        for takesBlocks in [true, false] {
            for topic in ["a", "**"] {
                func read(after: Position) -> Result<ReadPage, HubError> {
                    log.answer(
                        to: ReadRequest(
                            patterns: [pattern(topic)], after: after, through: 6, events: 10, bytes: 1 << 20,
                            takesBlocks: takesBlocks))
                }
                #expect(try read(after: 0).get().cursor == 2)
                let error = #expect(throws: HubError.self) { try read(after: 2).get() }
                #expect(error?.description.contains("the file is damaged") == true, "\(error?.description ?? "")")
                #expect(try read(after: 3).get().cursor == 6)
            }
        }
        log.close()
    }
}
