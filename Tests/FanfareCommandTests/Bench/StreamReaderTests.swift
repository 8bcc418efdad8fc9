import Testing

@testable import FanfareCommand

@Suite struct `A reader of a stream` {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static var event: String {
        var bytes: [UInt8] = []
        EventStamp(run: 7, topic: 3, clock: 1000).append(to: &bytes)
        return "data: \(String(decoding: bytes, as: UTF8.self))\n\n"
    }

    private static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    /// Reads a response in pieces of a size, until it is over.
    private static func read(_ text: String, cutAt size: Int) -> (outcome: StreamReader.Outcome, count: Int) {
        var reader = StreamReader(EventCounter(run: 7, topic: 3, size: EventStamp.byteCount))
        var deliveries = Deliveries()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            let outcome = reader.read(piece.span, at: 3000, into: &deliveries)
            if outcome != .goesOn { return (outcome, deliveries.received) }
            rest = rest.dropFirst(size)
        }
        return (.goesOn, deliveries.received)
    }

    private static let tables: [(response: String, outcome: StreamReader.Outcome, count: Int)] = [
        (head, .goesOn, 0),
        (head + chunk("id: e-1\n" + event) + chunk(":\n") + chunk("id: e-2\n" + event), .goesOn, 2),
        // Somebody on the way may cut the chunks anew.
        (head + chunk("id: e-1\nda") + chunk("ta" + event.dropFirst(4) + "id: e-2\n" + event), .goesOn, 2),
        (
            head + "001A;name=value\r\n" + String(repeating: ":", count: 24) + "\n\n\r\n" + chunk("id: e-1\n" + event),
            .goesOn, 1
        ),
        (head + chunk("id: e-1\n" + event) + "0\r\n\r\n", .ended, 1),
        (head + "hello\r\n", .broken("its chunks are not as RFC 9112 has them"), 0),
        (head + "2\r\n:\nx", .broken("its chunks are not as RFC 9112 has them"), 0),
        (head + "FFFFFFFFFFFFFFFFFFFF\r\n", .broken("its chunks are not as RFC 9112 has them"), 0),
        ("HTTP/1.1 200 OK\r\n\r\nid: e-1\n" + event, .goesOn, 1),
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 18\r\n\r\n{\"detail\":\"not so\"}",
            .refused("the answer is status 403, with no reason given"), 0
        ),
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 19\r\n\r\n{\"detail\":\"not so\"}",
            .refused("not so (status 403)"), 0
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", .refused("the answer is status 204, with no reason given"), 0),
    ]

    @Test(arguments: tables.indices, [1, 2, 3, 7, .max])
    func `says the same however the response is cut`(row: Int, size: Int) {
        let table = Self.tables[row]
        let (outcome, count) = Self.read(table.response, cutAt: size)
        #expect(outcome == table.outcome)
        #expect(count == table.count)
    }

    @Test func `takes what is no HTTP for broken`() {
        let (outcome, _) = Self.read("hello\r\n\r\n", cutAt: .max)
        guard case .broken = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }
}
