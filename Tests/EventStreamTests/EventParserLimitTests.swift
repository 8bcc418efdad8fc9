// A stream that never ends a line or a block must not grow the parser for ever.

import EventStream
import Testing

@Suite struct EventParserLimitTests {
    /// A block of this many bytes in lines, by which of its lines grows.
    static let blocks: [String] = [
        "data: " + String(repeating: "x", count: 100),
        String(repeating: "data: x\n", count: 100),
        String(repeating: "data\n", count: 200),
        ":" + String(repeating: "x", count: 100),
        "unknown: " + String(repeating: "x", count: 100),
        "id: " + String(repeating: "x", count: 40) + "\nevent: " + String(repeating: "x", count: 40),
    ]

    @Test(arguments: blocks)
    func `a block over the limit is refused, and what came before it is kept`(block: String) {
        let stream = Array("id: 1\ndata: before\n\n\(block)\n\ndata: after\n\n".utf8)
        let whole = Reading(of: [stream[...]], limit: 64)
        #expect(whole.refused)
        #expect(whole.outputs == [.event(ReceivedEvent(data: "before", lastEventID: "1"))])
        #expect(whole.parser.lastEventID == "1")
        for size in [1, 2, 3, 50] {
            #expect(Reading(of: cut(stream) { _ in size }, limit: 64) == whole, "in pieces of \(size)")
        }
    }

    @Test func `a parser that refused a block says so until the connection ends`() throws {
        var parser = EventParser(limit: 8)
        for _ in 0..<3 {
            let error = #expect(throws: EventStreamError.self) { try parser.consume("data: too much".utf8) { _ in } }
            #expect(error?.code == .blockTooLarge)
        }
        parser.finish()
        var outputs: [EventParser.Output] = []
        try parser.consume("data: a\n\n".utf8) { outputs.append($0) }
        #expect(outputs == [.event(ReceivedEvent(data: "a"))])
    }

    @Test func `a block that just fits is read, and one byte more is not`() {
        let stream = Array("data: 12345678\n\n".utf8)
        #expect(!Reading(of: [stream[...]], limit: 14).refused)
        #expect(Reading(of: [stream[...]], limit: 13).refused)
    }

    @Test func `a stream may go on for ever in blocks that fit`() {
        let stream = Array(String(repeating: "data: 12345678\n: and this\n\n", count: 1000).utf8)
        let reading = Reading(of: cut(stream) { _ in 100 }, limit: 24)
        #expect(!reading.refused)
        #expect(reading.outputs.count == 2000)
    }
}
