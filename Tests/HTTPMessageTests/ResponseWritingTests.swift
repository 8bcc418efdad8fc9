// Owns the bytes of responses, to the last octet.

import HTTPMessage
import Testing

@Suite struct ResponseWritingTests {
    private static let date = [UInt8]("Sun, 06 Nov 1994 08:49:37 GMT".utf8)

    private func context(_ method: Method = .get, _ version: String = "1.1", connection: String? = nil) throws
        -> ResponseContext
    {
        var parser = RequestParser()
        var offset = 0
        let fields = connection.map { "Connection: \($0)\r\n" } ?? ""
        let bytes = [UInt8]("\(method.name) / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n".utf8)
        let action = parser.next(bytes.span, from: &offset)
        try #require(action == .head)
        return ResponseContext(parser.head)
    }

    private func write(
        _ head: ResponseHead, _ context: ResponseContext, _ content: ResponseContent, date: [UInt8] = date
    ) -> (String, ResponseFraming) {
        var buffer: [UInt8] = []
        let framing = head.write(to: &buffer, answering: context, content: content, date: date)
        return (String(decoding: buffer, as: UTF8.self), framing)
    }

    @Test func `a response with a length`() throws {
        var head = ResponseHead(.created)
        head.append(.contentType, literal: "application/json")
        try head.append("X-Own", "é")
        let (text, framing) = write(head, try context(.post), .length(1042))
        #expect(
            text == "HTTP/1.1 201 Created\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\n"
                + "X-Own: é\r\nContent-Length: 1042\r\n\r\n")
        #expect(framing.body == .length(1042))
        #expect(framing.keepAlive)
    }

    @Test(arguments: [0, 9, 10, 65_536]) func `a head that was written in advance is the one that would be written`(
        length: Int
    ) throws {
        var head = ResponseHead(.created)
        head.append(.contentType, literal: "application/json")
        let context = try context(.post)
        #expect(context.isUsual)
        var bytes: [UInt8] = []
        PreparedHead(head, date: Self.date).append(to: &bytes, length: length)
        #expect(String(decoding: bytes, as: UTF8.self) == write(head, context, .length(length)).0)
    }

    @Test func `HEAD, HTTP 1.0 and the last request of a connection are not usual`() throws {
        #expect(try !context(.head).isUsual)
        #expect(try !context(.get, "1.0", connection: "keep-alive").isUsual)
        #expect(try !context(.get, connection: "close").isUsual)
    }

    @Test func `a stream is chunked in HTTP 1.1 and ends with the connection in HTTP 1.0`() throws {
        let head = ResponseHead(.ok)
        let (new, newFraming) = write(head, try context(), .stream, date: [])
        #expect(new == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(newFraming.body == .chunked)
        #expect(newFraming.keepAlive)
        let (old, oldFraming) = write(head, try context(.get, "1.0", connection: "keep-alive"), .stream, date: [])
        #expect(old == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        #expect(oldFraming.body == .untilClose)
        #expect(!oldFraming.keepAlive)
    }

    @Test func `HTTP 1.0 is told that its connection persists`() throws {
        let (text, framing) = write(ResponseHead(.ok), try context(.get, "1.0", connection: "keep-alive"), .none)
        #expect(text.hasSuffix("Content-Length: 0\r\nConnection: keep-alive\r\n\r\n"))
        #expect(framing.keepAlive)
        let (closed, closedFraming) = write(ResponseHead(.ok), try context(.get, "1.0"), .length(3))
        #expect(closed.hasSuffix("Content-Length: 3\r\nConnection: close\r\n\r\n"))
        #expect(!closedFraming.keepAlive)
    }

    @Test func `an answer to HEAD has the length and no body`() throws {
        let (text, framing) = write(ResponseHead(.ok), try context(.head), .length(7), date: [])
        #expect(text == "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")
        #expect(framing.body == .none)
        let (stream, streamFraming) = write(ResponseHead(.ok), try context(.head), .stream, date: [])
        #expect(stream == "HTTP/1.1 200 OK\r\n\r\n")
        #expect(streamFraming.body == .none)
        #expect(streamFraming.keepAlive)
    }

    @Test(arguments: [Status.noContent, .notModified])
    func `a status without content gets neither length nor coding`(status: Status) throws {
        for content in [ResponseContent.none, .length(3), .stream] {
            let (text, framing) = write(ResponseHead(status), try context(), content, date: [])
            #expect(text == "HTTP/1.1 \(status.code) \(status.reason)\r\n\r\n")
            #expect(framing.body == .none)
        }
    }

    @Test func `an answer to what could not be read closes`() {
        let (text, framing) = write(ResponseHead(.headTooLarge), ResponseContext(), .none, date: [])
        #expect(
            text == "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        #expect(!framing.keepAlive)
    }

    @Test func `a status without a reason keeps its space`() throws {
        let status = try #require(Status(299))
        let (text, _) = write(ResponseHead(status), ResponseContext(), .none, date: [])
        #expect(text.hasPrefix("HTTP/1.1 299 \r\n"))
        #expect(Status(99) == nil)
        #expect(Status(1000) == nil)
    }

    @Test(arguments: ["a\r\nB: c", "a\nb", "a\rb", "a\0b", "a\u{7F}", "a\u{1}"])
    func `a value that could break the head is refused and leaves no trace`(value: String) throws {
        var head = ResponseHead(.ok)
        #expect(throws: MessageError.self) { try head.append(.location, value) }
        #expect(head.fields.isEmpty)
        #expect(write(head, ResponseContext(), .none, date: []).0.contains("Location") == false)
    }

    @Test(arguments: ["", "a b", "a:", "a\r\n", "é"]) func `a name that is no token is refused`(name: String) {
        var head = ResponseHead(.ok)
        #expect(throws: MessageError.self) { try head.append(name, "v") }
    }

    @Test(arguments: ["content-length", "Transfer-Encoding", "CONNECTION", "date"])
    func `what frames a response cannot be set by hand`(name: String) {
        var head = ResponseHead(.ok)
        #expect(throws: MessageError.self) { try head.append(name, "1") }
        #expect(head.fields.isEmpty)
    }

    @Test func `chunks have their size in hexadecimal`() {
        for (count, size) in [
            (1, "1"), (9, "9"), (10, "A"), (15, "F"), (16, "10"), (255, "FF"), (256, "100"), (4096, "1000"),
        ] {
            var buffer: [UInt8] = []
            ChunkEncoding.append([UInt8](repeating: 0x61, count: count), to: &buffer)
            #expect(
                String(decoding: buffer, as: UTF8.self) == "\(size)\r\n" + String(repeating: "a", count: count) + "\r\n"
            )
            #expect(buffer.count == count + ChunkEncoding.overhead(of: count))
        }
        var buffer: [UInt8] = []
        ChunkEncoding.appendSize(.max, to: &buffer)
        #expect(buffer == [UInt8]("7FFFFFFFFFFFFFFF\r\n".utf8))
    }

    @Test func `no data makes no chunk, which would end the body`() {
        var buffer: [UInt8] = []
        ChunkEncoding.append([UInt8](), to: &buffer)
        #expect(buffer.isEmpty)
        #expect(ChunkEncoding.last == [UInt8]("0\r\n\r\n".utf8))
        #expect(ResponseHead.continueBytes == [UInt8]("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    @Test func `every status of the contract has a reason`() throws {
        for code in [
            200, 201, 202, 204, 206, 304, 308, 400, 401, 403, 404, 405, 406, 408, 409, 411, 413, 414, 415, 417, 421,
            422,
            426, 429, 431, 500, 501, 503, 505,
        ] {
            #expect(try #require(Status(code)).reason.isEmpty == false)
        }
    }
}
