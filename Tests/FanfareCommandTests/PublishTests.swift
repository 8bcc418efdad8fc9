import HTTPClient
import JSONText
import Testing

@testable import FanfareCommand

@Suite struct `Lines of standard input` {
    private static let tables: [(input: String, lines: [String])] = [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]), ("\n", [""]),
        ("\n\n", ["", ""]), ("a\n\nb\n", ["a", "", "b"]), ("\r\n", [""]), ("a\rb\n", ["a\rb"]), ("é\n", ["é"]),
        ("a\r", ["a"]),
    ]

    @Test(arguments: tables, [1, 2, 3, 1000])
    func `are the same however they are cut`(table: (input: String, lines: [String]), size: Int) throws {
        var lines = EventLines()
        var taken: [String] = []
        var rest = Array(table.input.utf8)[...]
        while !rest.isEmpty {
            try lines.take(rest.prefix(size)) { taken.append($0) }
            rest = rest.dropFirst(size)
        }
        lines.finish { taken.append($0) }
        #expect(taken == table.lines)
        #expect(lines.count == table.lines.count)
    }

    @Test func `that never end are refused by number`() throws {
        var lines = EventLines()
        try lines.take(Array("a\n".utf8)[...]) { _ in }
        let piece = [UInt8](repeating: 0x78, count: EventLines.limit)
        try lines.take(piece[...]) { _ in }
        let error = #expect(throws: CommandError.self) { try lines.take(piece[..<1]) { _ in } }
        #expect(error?.code == .failed)
        #expect(error?.message.hasPrefix("line 2 ") == true)
    }
}

@Suite struct `A batch of events` {
    private var options: PublishOptions {
        var options = PublishOptions()
        options.topics = ["a", "b/c"]
        return options
    }

    @Test func `of one goes as JSON, with only what was given`() throws {
        var batch = PublishBatch(options)
        batch.add("say \"hi\"\n")
        let request = batch.request
        #expect(request.method == "POST" && request.url == "http://127.0.0.1:8080/publish")
        #expect(request.fields.contains(.init("Content-Type", "application/json")))
        #expect(String(decoding: request.body ?? [], as: UTF8.self) == #"{"topics":["a","b/c"],"data":"say \"hi\"\n"}"#)
    }

    @Test func `carries type, id and retry`() throws {
        var options = options
        (options.type, options.id, options.retry) = ("t", "i", .seconds(2))
        var batch = PublishBatch(options)
        batch.add("")
        let body = try JSONValue(parsing: batch.request.body ?? [])
        #expect(body["type"] == .string("t") && body["id"] == .string("i") && body["retry"]?.int == 2000)
        #expect(body["data"] == .string(""))
    }

    @Test func `of several goes as a line each, in order`() throws {
        var batch = PublishBatch(options)
        for number in 0..<3 { batch.add("n\(number)\n") }
        #expect(batch.request.fields.contains(.init("Content-Type", "application/x-ndjson")))
        let lines = (batch.request.body ?? []).split(separator: 0x0A)
        #expect(try lines.map { try JSONValue(parsing: $0)["data"]?.string } == ["n0\n", "n1\n", "n2\n"])
    }

    @Test func `is full at a count and at a size`() {
        var small = PublishBatch(options)
        for _ in 1..<PublishBatch.mostEvents { small.add("") }
        #expect(!small.isFull)
        small.add("")
        #expect(small.isFull)
        var large = PublishBatch(options)
        large.add(String(repeating: "x", count: PublishBatch.enoughBytes))
        #expect(large.isFull)
    }

    @Test(
        arguments: [
            (1, 201, #"{"id":"e-1"}"#, ["e-1"]), (1, 200, #"{"id":"e-1"}"#, ["e-1"]),
            (2, 201, #"{"ids":["e-1","e-2"]}"#, ["e-1", "e-2"]), (1, 201, #"{"ids":["e-1"]}"#, ["e-1"]),
            (2, 201, #"{"ids":["e-1"]}"#, nil), (1, 201, #"{}"#, nil), (1, 200, "<html>", nil),
            (1, 302, #"{"id":"x"}"#, nil),
        ] as [(Int, Int, String, [String]?)])
    func `takes its ids from the answer`(count: Int, status: Int, body: String, ids: [String]?) throws {
        var batch = PublishBatch(options)
        for _ in 0..<count { batch.add("") }
        if let ids {
            #expect(try batch.ids(status: status, body: Array(body.utf8)) == ids)
        } else {
            let error = #expect(throws: CommandError.self) { try batch.ids(status: status, body: Array(body.utf8)) }
            #expect(error?.code == .failed)
        }
    }
}

@Suite struct `A call of publish` {
    private func source(_ arguments: [String]) throws -> PublishSource {
        let parsed = try PublishOptions.table.parse(arguments)
        return try PublishOptions.table.apply(parsed.settings, to: PublishOptions()).target.source(parsed.operands)
    }

    @Test func `has one event as an argument, else lines`() throws {
        #expect(try source(["--topic", "a", "hello"]) == .data("hello"))
        #expect(try source(["--topic", "a", ""]) == .data(""))
        #expect(try source(["--topic", "a", "-"]) == .lines)
        #expect(try source(["--topic", "a"]) == .lines)
    }

    @Test(arguments: [
        ["x"], ["--topic", "a", "x", "y"], ["--topic", "a", "--id", "1"], ["--topic", "a", "--retry", "2"],
    ])
    func `that cannot be meant is refused`(arguments: [String]) {
        let error = #expect(throws: CommandError.self) { try source(arguments) }
        #expect(error?.code == .usage)
    }
}

@Suite struct `A refusal` {
    @Test(arguments: [
        (#"{"type":"x","title":"T","status":400,"detail":"No topic."}"#, "No topic. (status 400)"),
        (#"{"title":"T"}"#, "T (status 400)"), (#"{"detail":""}"#, "the answer is status 400, with no reason given"),
        ("<html>", "the answer is status 400, with no reason given"),
        ("", "the answer is status 400, with no reason given"),
    ])
    func `is told in the hub's words if it has any`(body: String, message: String) {
        #expect(Problem.message(status: 400, body: Array(body.utf8)) == message)
    }
}
