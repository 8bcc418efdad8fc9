// What an event looks like on the wire, byte for byte, and what can never get there.

import EventStream
import SeededRandomness
import Testing

private func encoded(_ event: Event) throws -> String {
    var bytes: [UInt8] = []
    try EventEncoder.append(event, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

@Suite struct EventEncoderTests {
    static let blocks: [(Event, String)] = [
        (Event(), "\n"),
        (Event("hi"), "data: hi\n\n"),
        (Event(""), "data:\n\n"),
        (Event(" "), "data:  \n\n"),
        (Event("\n"), "data:\ndata:\n\n"),
        (Event("a\n"), "data: a\ndata:\n\n"),
        (Event("\na"), "data:\ndata: a\n\n"),
        (Event("a\nb\rc\r\nd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (Event("a\n\rb"), "data: a\ndata:\ndata: b\n\n"),
        (Event("a\r\r\nb"), "data: a\ndata:\ndata: b\n\n"),
        (Event("a\r"), "data: a\ndata:\n\n"),
        (Event("a\u{2028}b\u{85}c"), "data: a\u{2028}b\u{85}c\n\n"),
        (Event("id: 1"), "data: id: 1\n\n"),
        (Event("x", type: "greeting"), "event: greeting\ndata: x\n\n"),
        (Event("x", type: ""), "data: x\n\n"),
        (Event("x", id: "3kf9x2-1042"), "id: 3kf9x2-1042\ndata: x\n\n"),
        (Event("x", id: ""), "id:\ndata: x\n\n"),
        (Event("x", id: " a"), "id:  a\ndata: x\n\n"),
        (Event(id: "1"), "id: 1\n\n"),
        (Event(retry: .milliseconds(2417)), "retry: 2417\n\n"),
        (Event(retry: .zero), "retry: 0\n\n"),
        (Event(retry: .microseconds(1999)), "retry: 1\n\n"),
        (Event(retry: .milliseconds(Int64.max)), "retry: 9223372036854775807\n\n"),
        (Event(comment: "c"), ": c\n\n"),
        (Event(comment: ""), ":\n\n"),
        (Event(comment: "a\r\nb\n"), ": a\n: b\n:\n\n"),
        (
            Event("d", type: "t", id: "i", retry: .seconds(2), comment: "c"),
            ": c\nretry: 2000\nid: i\nevent: t\ndata: d\n\n"
        ),
    ]

    @Test(arguments: blocks)
    func `an event is written byte for byte`(event: Event, block: String) throws {
        #expect(try encoded(event).utf8.elementsEqual(block.utf8))
    }

    @Test(arguments: ["\n", "\r", "\0", "a\r\nb", "a\n", "\u{301}\n"])
    func `an id or a type that would break its line is refused`(value: String) throws {
        let badID = #expect(throws: EventStreamError.self) { try encoded(Event("x", id: value)) }
        #expect(badID?.code == .invalidID)
        let badType = #expect(throws: EventStreamError.self) { try encoded(Event("x", type: value)) }
        #expect(badType?.code == .invalidType)
        #expect(!EventEncoder.isValidField(value))
    }

    @Test(arguments: [Duration.milliseconds(-1), .nanoseconds(-1), .seconds(Int64.max), .seconds(Int64.min)])
    func `a retry that no receiver could take is refused`(retry: Duration) throws {
        let error = #expect(throws: EventStreamError.self) { try EventEncoder.validate(Event(retry: retry)) }
        #expect(error?.code == .invalidRetry)
    }

    @Test func `the hot path leaves out what would break the frame`() {
        var bytes: [UInt8] = []
        EventEncoder.appendBlock(id: "a\nid: b", type: "t\rdata: x", data: "d", retryMilliseconds: -1, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "data: d\n\n")
    }

    @Test func `the hot path writes all fields in order`() {
        var bytes = Array("before".utf8)
        EventEncoder.appendBlock(id: "i", type: "t", data: "d", retryMilliseconds: 1, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "beforeretry: 1\nid: i\nevent: t\ndata: d\n\n")
    }

    @Test(arguments: 0..<20) func `parts that are bytes make the block that strings make`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func text(_ most: Int) -> String {
            let characters: [Character] = ["a", "b", "\u{E9}", "\n", "\r", "\r\n", "\0", ":", " "]
            return String(
                (0..<Int.random(in: 0...most, using: &random)).map { _ in characters.randomElement(using: &random)! })
        }
        for _ in 0..<100 {
            let (id, type, data) = (text(3), text(3), text(30))
            let retry = [nil, -1, 0, 2417, Int.max].randomElement(using: &random)!
            var strings = Array("before".utf8)
            EventEncoder.appendBlock(id: id, type: type, data: data, retryMilliseconds: retry, to: &strings)
            var bytes = Array("before".utf8)
            EventEncoder.appendBlock(
                id: id.utf8.span, type: type.utf8.span, data: data.utf8.span, retryMilliseconds: retry, to: &bytes)
            #expect(bytes == strings)
        }
    }

    @Test func `a heartbeat is a colon and a line end`() {
        var bytes: [UInt8] = []
        EventEncoder.appendComment("", to: &bytes)
        #expect(bytes == Array(":\n".utf8))
    }
}
