// Owns what a client accepts of servers, and what it does not.

import HTTPMessage
import Testing

@Suite struct ResponseParserTests {
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", BodyFraming.length(3), "abc", true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\nA: b\r\n\r\n", .chunked,
            "abc", true
        ),
        ("HTTP/1.1 200 OK\r\n\r\nabc", .untilClose, "abc", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", .length(3), "abc", false),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc", .length(3), "abc", true),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", .length(0), "", false),
        ("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", .length(1), "a", true),
        ("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\na", .length(1), "a", true),
        ("HTTP/1.1 200 OK\nContent-Length: 1\n\na", .length(1), "a", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", .length(1), "a", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .chunked, "", false),
        ("HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na", .length(1), "a", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", .none, "", true),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", .none, "", true),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            .length(1), "a", true
        ),
    ])
    func `a response ends where its framing says`(text: String, framing: BodyFraming, body: String, persists: Bool) {
        let reading = readResponse(text)
        #expect(reading.failure == nil)
        #expect(reading.messages.count == 1)
        #expect(reading.messages.first?.framing == framing)
        #expect(reading.messages.first?.body == [UInt8](body.utf8))
        #expect(reading.messages.first?.keepAlive == persists)
        #expect(reading.messages.first?.isComplete == true)
    }

    @Test func `an answer to HEAD has no body whatever its length`() {
        let reading = readResponse("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", answersHead: true)
        #expect(reading.messages.first?.isComplete == true)
        #expect(reading.isIdle)
    }

    @Test func `a folded field becomes one line`() {
        let reading = readResponse("HTTP/1.1 204 x\r\nA: b\r\n \t c\r\nD:\r\n e\r\nF: g\r\n \r\n\r\n")
        #expect(reading.messages.first?.fields == ["A: b     c", "D: e", "F: g"])
    }

    @Test func `responses come one after the other`() {
        let one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
        #expect(readResponse(one + one + one).messages.count == 3)
    }

    @Test(arguments: [
        "HTTP/1.1 20 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA\r\n\r\n", "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n \0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "HTTP/1.1 200 OK\r\nA: b",
    ])
    func `a broken or cut response fails`(text: String) {
        let reading = readResponse(text)
        #expect(reading.failure?.status == .badGateway)
        #expect(reading.messages.allSatisfy { !$0.isComplete })
    }

    @Test func `interim responses without end fail`() {
        let text = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 40)
        #expect(readResponse(text).failure != nil)
    }

    @Test func `what the writer writes the parser reads`() throws {
        var head = ResponseHead(.ok)
        head.append(.contentType, literal: "text/event-stream")
        var context = ResponseContext()
        context.keepAlive = true
        var bytes: [UInt8] = []
        let framing = head.write(to: &bytes, answering: context, content: .stream, date: [])
        #expect(framing.body == .chunked)
        ChunkEncoding.append([UInt8]("data: a\n\n".utf8), to: &bytes)
        ChunkEncoding.append([UInt8](repeating: 0x62, count: 300), to: &bytes)
        bytes += ChunkEncoding.last
        let reading = readResponse(String(decoding: bytes, as: UTF8.self))
        #expect(reading.messages.first?.fields == ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"])
        #expect(reading.messages.first?.body.count == 309)
        #expect(reading.messages.first?.isComplete == true)
    }
}
