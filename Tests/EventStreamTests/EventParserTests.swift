// The rules of WHATWG HTML, section 9.2.6, a row each. Every row is read whole and in pieces of 1, 2 and 3 bytes:
// outputs and the state left behind must not depend on where the reads were cut.

import EventStream
import Testing

struct Rule: Sendable, CustomTestStringConvertible {
    var fact: String
    var stream: [UInt8]
    var outputs: [EventParser.Output]
    var lastEventID = ""
    var retry: Duration?

    var testDescription: String { fact }

    init(
        _ fact: String, _ stream: String, _ outputs: EventParser.Output..., id: String = "", retry: Duration? = nil
    ) {
        self.init(fact, bytes: Array(stream.utf8), outputs, id: id, retry: retry)
    }

    init(
        _ fact: String, bytes: [UInt8], _ outputs: [EventParser.Output], id: String = "", retry: Duration? = nil
    ) {
        self.fact = fact
        self.stream = bytes
        self.outputs = outputs
        lastEventID = id
        self.retry = retry
    }
}

private func fired(_ data: String, type: String = "message", id: String = "") -> EventParser.Output {
    .event(ReceivedEvent(type: type, data: data, lastEventID: id))
}

private let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

@Suite struct EventParserTests {
    static let rules: [Rule] = [
        // Line ends
        Rule("LF ends a line", "data: a\n\n", fired("a")),
        Rule("CR ends a line", "data: a\r\r", fired("a")),
        Rule("CRLF ends a line once", "data: a\r\ndata: b\r\n\r\n", fired("a\nb")),
        Rule("line ends may be mixed", "data: a\rdata: b\r\ndata: c\n\r", fired("a\nb\nc")),
        Rule("LF CR are two line ends", "data: a\n\rdata: b\n\n", fired("a"), fired("b")),
        Rule("a CR at the end of the input ends its line at once", "data: a\n\r", fired("a")),
        Rule("CR CRLF is a line end and an empty line", "data: a\r\r\ndata: b\n\n", fired("a"), fired("b")),
        Rule(
            "a vertical tab, NEL and U+2028 end no line", "data: a\u{B}b\u{85}c\u{2028}d\n\n",
            fired("a\u{B}b\u{85}c\u{2028}d")),

        // Decoding
        Rule("one byte order mark is stripped", bytes: byteOrderMark + "data: a\n\n".utf8, [fired("a")]),
        Rule("a second byte order mark is text", bytes: byteOrderMark + byteOrderMark + "data: a\n\n".utf8, []),
        Rule("a later byte order mark is text", "data: a\n\n\u{FEFF}data: b\n\n", fired("a")),
        Rule("a byte order mark in a value is text", "data: \u{FEFF}a\n\n", fired("\u{FEFF}a")),
        Rule("half a byte order mark is no mark", bytes: [0xEF, 0xBB] + "data: a\n\n".utf8, []),
        Rule("a byte order mark alone says nothing", bytes: byteOrderMark, []),
        Rule("an empty line after the mark ends a block", bytes: byteOrderMark + "\ndata: a\n\n".utf8, [fired("a")]),
        Rule("UTF-8 of two, three and four bytes is kept", "data: é€😀\n\n", fired("é€😀")),
        Rule(
            "an invalid byte becomes U+FFFD", bytes: "data: a".utf8 + [0xFF] + "b\n\n".utf8, [fired("a\u{FFFD}b")]),
        Rule(
            "a cut sequence becomes one U+FFFD", bytes: "data: ".utf8 + [0xF0, 0x9F, 0x98] + "x\n\n".utf8,
            [fired("\u{FFFD}x")]),
        Rule(
            "an overlong form becomes a U+FFFD for each byte", bytes: "data: ".utf8 + [0xE0, 0x80, 0xAF] + "\n\n".utf8,
            [fired("\u{FFFD}\u{FFFD}\u{FFFD}")]),
        Rule(
            "a surrogate becomes a U+FFFD for each byte", bytes: "data: ".utf8 + [0xED, 0xA0, 0x80] + "\n\n".utf8,
            [fired("\u{FFFD}\u{FFFD}\u{FFFD}")]),
        Rule(
            "a line end after a cut sequence still ends the line",
            bytes: "data: ".utf8 + [0xE2, 0x82] + "\ndata: b\n\n".utf8, [fired("\u{FFFD}\nb")]),
        Rule(
            "invalid bytes in type and id become U+FFFD",
            bytes: "event: ".utf8 + [0x80] + "\nid: ".utf8 + [0xC3] + "\ndata\n\n".utf8,
            [fired("", type: "\u{FFFD}", id: "\u{FFFD}")], id: "\u{FFFD}"),

        // Fields
        Rule("one space after the colon is cut", "data:  a\n\n", fired(" a")),
        Rule("no space after the colon is needed", "data:a\n\n", fired("a")),
        Rule("a tab after the colon is text", "data:\ta\n\n", fired("\ta")),
        Rule("trailing spaces are text", "data: a \n\n", fired("a ")),
        Rule("later colons are text", "data: a: b:\n\n", fired("a: b:")),
        Rule("a line without colon is a name", "data\ndata\n\n", fired("\n")),
        Rule("an unknown field is dropped", "dat: x\ndatas: y\ndata: a\n\n", fired("a")),
        Rule("names mind their case", "Data: x\nDATA: y\nID: 1\n\n"),
        Rule("a space before a name belongs to it", " data: x\n\n"),
        Rule("a space before the colon belongs to the name", "data : x\n\n"),
        Rule("a combining mark after the colon is text", "data:\u{301}a\n\n", fired("\u{301}a")),
        Rule("a combining mark before the colon belongs to the name", "data\u{301}: a\n\n"),
        Rule("a NUL in data is text", "data: a\0b\n\n", fired("a\0b")),

        // Comments
        Rule("a line that begins with a colon is a comment", ": hello\n", .comment("hello")),
        Rule("a bare colon is an empty comment", ":\n\n", .comment("")),
        Rule("a colon and a combining mark begin a comment", ":\u{301}x\n", .comment("\u{301}x")),
        Rule("a comment ends no block", "data: a\n:x\ndata: b\n\n", .comment("x"), fired("a\nb")),

        // Data
        Rule("data lines are joined by LF", "data: YHOO\ndata: +2\ndata: 10\n\n", fired("YHOO\n+2\n10")),
        Rule("a data line alone fires the empty string", "data:\n\n", fired("")),
        Rule("a data line with one space fires the empty string", "data: \n\n", fired("")),
        Rule("only one trailing LF is cut", "data: a\ndata:\ndata:\n\n", fired("a\n\n")),
        Rule("no data line fires nothing", "event: x\n\n"),
        Rule("empty lines fire nothing", "\n\n\r\n\r"),
        Rule(
            "the example of the standard",
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
            .comment("test stream"), fired("first event", id: "1"), fired("second event")),

        // Types
        Rule("an event line sets the type", "event: add\ndata: 1\n\n", fired("1", type: "add")),
        Rule("the last event line counts", "event: add\nevent: remove\ndata: 1\n\n", fired("1", type: "remove")),
        Rule("an empty type is message", "event: add\nevent:\ndata: 1\n\n", fired("1")),
        Rule("a type lasts for its block", "event: add\ndata: 1\n\ndata: 2\n\n", fired("1", type: "add"), fired("2")),
        Rule("a block without data uses its type up", "event: add\n\ndata: 2\n\n", fired("2")),

        // Ids
        Rule(
            "an id lasts until the next", "id: 1\ndata: a\n\ndata: b\n\n", fired("a", id: "1"), fired("b", id: "1"),
            id: "1"),
        Rule("an id after the data counts for its block", "data: a\nid: 1\n\n", fired("a", id: "1"), id: "1"),
        Rule("the last id of a block counts", "id: 1\nid: 2\ndata: a\n\n", fired("a", id: "2"), id: "2"),
        Rule("an empty block commits its id", "id: 1\n\n", id: "1"),
        Rule("an empty id resets", "id: 1\ndata: a\n\nid\ndata: b\n\n", fired("a", id: "1"), fired("b")),
        Rule(
            "an id with a NUL is ignored", "id: 1\ndata: a\n\nid: 2\03\ndata: b\n\n", fired("a", id: "1"),
            fired("b", id: "1"), id: "1"),
        Rule(
            "an id with a NUL leaves the block's earlier one", "id: 1\nid: \0\ndata: a\n\n", fired("a", id: "1"),
            id: "1"),
        Rule("an id counts only with its empty line", "id: 1\n\nid: 2\n", id: "1"),
        Rule("an id keeps its spaces but the first", "id:  a b \n\n", id: " a b "),

        // Reconnection time
        Rule("retry holds at once", "retry: 1500\n", .retry(.milliseconds(1500)), retry: .milliseconds(1500)),
        Rule("retry may begin with zeros", "retry:007\n", .retry(.milliseconds(7)), retry: .milliseconds(7)),
        Rule("retry may be zero", "retry: 0\n", .retry(.zero), retry: .zero),
        Rule(
            "retry takes digits only", "retry: 1s\nretry: -1\nretry: +1\nretry: 1.5\nretry:  1\nretry: 1 \nretry: 0x1\n"
        ),
        Rule("retry takes ASCII digits only", "retry: ١٢\n"),
        Rule("an empty retry is ignored", "retry\nretry:\n"),
        Rule(
            "the largest retry counts", "retry: 9223372036854775807\n", .retry(.milliseconds(Int64.max)),
            retry: .milliseconds(Int64.max)),
        Rule("a retry that overflows is ignored", "retry: 9223372036854775808\nretry: 99999999999999999999\n"),

        // The end of the stream
        Rule("a block without its empty line fires nothing", "data: a\n"),
        Rule("a line without its end says nothing", "data: a\n\ndata: b", fired("a")),
        Rule("a retry without its line end says nothing", "retry: 10"),
    ]

    @Test(arguments: rules)
    func `a stream reads by the rule, however it is cut`(rule: Rule) {
        let whole = Reading(of: [rule.stream[...]])
        #expect(whole.outputs == rule.outputs)
        #expect(whole.parser.lastEventID == rule.lastEventID)
        #expect(whole.parser.retry == rule.retry)
        for size in 1...3 {
            #expect(Reading(of: cut(rule.stream) { _ in size }) == whole, "in pieces of \(size)")
        }
        #expect(eventStreamFault(in: rule.stream) == nil)
    }

    @Test(arguments: rules)
    func `a stream reads the same behind another one's end`(rule: Rule) throws {
        var parser = EventParser()
        try parser.consume("id: half\nevent: x\ndata: unfinished\r".utf8) { _ in }
        parser.finish()
        #expect(parser == EventParser())
        var outputs: [EventParser.Output] = []
        try parser.consume(rule.stream) { outputs.append($0) }
        #expect(outputs == rule.outputs)
    }

    @Test func `the last id and the reconnection time outlive a connection`() throws {
        var parser = EventParser(lastEventID: "7")
        var outputs: [EventParser.Output] = []
        try parser.consume("data: a\n\nid: 8\nretry: 5\n\nid: 9\ndata: b\n".utf8) { outputs.append($0) }
        parser.finish()
        #expect(parser.lastEventID == "8")
        #expect(parser.retry == .milliseconds(5))
        try parser.consume("\n\ndata: c\n\n".utf8) { outputs.append($0) }
        #expect(outputs == [fired("a", id: "7"), .retry(.milliseconds(5)), fired("c", id: "8")])
    }

    @Test func `a line feed at the start of the next connection ends a line of its own`() throws {
        var parser = EventParser()
        try parser.consume("data: a\r".utf8) { _ in }
        parser.finish()
        var outputs: [EventParser.Output] = []
        try parser.consume("data\n\n".utf8) { outputs.append($0) }
        #expect(outputs == [fired("")])
    }

    @Test func `an empty read changes nothing`() throws {
        var parser = EventParser()
        try parser.consume("data: a\r".utf8) { _ in }
        let before = parser
        try parser.consume([]) { _ in }
        #expect(parser == before)
    }
}
