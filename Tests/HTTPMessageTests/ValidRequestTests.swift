// Owns the requests that are accepted, and what they mean.

import HTTPMessage
import Testing

@Suite struct ValidRequestTests {
    private func single(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> Reading.Message {
        let reading = read(text, location)
        #expect(reading.failure == nil, sourceLocation: location)
        #expect(reading.isIdle, sourceLocation: location)
        #expect(reading.messages.count == 1, sourceLocation: location)
        return try #require(reading.messages.first, sourceLocation: location)
    }

    private func head(_ text: String) throws -> RequestHead {
        var parser = RequestParser()
        var offset = 0
        let bytes = [UInt8](text.utf8)
        let action = parser.next(bytes.span, from: &offset)
        try #require(action == .head)
        return parser.head
    }

    @Test func `a POST with a length gives its parts`() throws {
        let message = try single(
            "POST /publish?a=b&c HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: x\r\nAccept: */*\r\n"
                + "Content-Type: application/json\r\nContent-Length: 5\r\n\r\nhello")
        #expect(message.start == "POST /publish?a=b&c http11")
        #expect(message.path == "/publish")
        #expect(message.query == "a=b&c")
        #expect(message.host == "localhost:8080")
        #expect(message.fields.count == 5)
        #expect(message.framing == .length(5))
        #expect(message.keepAlive)
        #expect(message.body == [UInt8]("hello".utf8))
        #expect(message.isComplete)
    }

    @Test(
        arguments: [
            ("/", "/", nil), ("/a?b", "/a", "b"), ("/a?", "/a", ""), ("/a?b?c", "/a", "b?c"), ("//x", "//x", nil),
            ("/subscribe?topics=a|b", "/subscribe", "topics=a|b"), ("/%zz", "/%zz", nil), ("/a#b", "/a#b", nil),
            ("/\"<>\\^`{|}~!$&'()*+,;=:@[]", "/\"<>\\^`{|}~!$&'()*+,;=:@[]", nil),
            ("http://b", "/", nil), ("http://b/", "/", nil), ("HTTP://b:80/x?y", "/x", "y"), ("https://b?y", "/", "y"),
            ("http://[::1]:8080/x", "/x", nil),
        ] as [(String, String, String?)])
    func `a target is split into path and query`(target: String, path: String, query: String?) throws {
        let message = try single("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(message.start == "GET \(target) http11")
        #expect(message.path == path)
        #expect(message.query == query)
    }

    @Test func `the host of an absolute target wins`() throws {
        #expect(try single("GET http://b:81/x HTTP/1.1\r\nHost: a\r\n\r\n").host == "b:81")
        #expect(try single("GET http://b/x HTTP/1.1\r\nHost:\r\n\r\n").host == "b")
        #expect(try single("GET http://b/x HTTP/1.0\r\n\r\n").host == "b")
    }

    @Test func `OPTIONS may ask for the whole server`() throws {
        #expect(try single("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path == "*")
        #expect(try single("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n").path == "*")
        #expect(try single("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n").path == "*")
        #expect(try single("OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\n\r\n").path == "/")
    }

    @Test(arguments: [
        "a", "a:8080", "a:", "127.0.0.1", "[::1]", "[::1]:80", "a_b.c-d~e", "a%20b", "xn--a:65535", "A!$",
    ])
    func `a valid Host is accepted`(host: String) throws {
        #expect(try single("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").host == host)
    }

    @Test(arguments: [
        ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.1", "Connection: keep-alive\r\n", true),
        ("1.1", "Connection: x, CLOSE\r\n", false), ("1.1", "Connection: x\r\nConnection: close\r\n", false),
        ("1.1", "Connection: closed\r\n", true), ("1.0", "", false), ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
    ])
    func `version and Connection decide whether the connection persists`(
        version: String, fields: String, persists: Bool
    ) throws {
        #expect(try single("GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n").keepAlive == persists)
    }

    @Test func `HTTP 1.0 needs no Host`() throws {
        let message = try single("GET / HTTP/1.0\r\n\r\n")
        #expect(message.host == "")
        #expect(message.start == "GET / http10")
    }

    @Test func `a method in lower case is another method`() throws {
        #expect(try head("get / HTTP/1.1\r\nHost: a\r\n\r\n").method == .other("get"))
        #expect(try head("PURGE / HTTP/1.1\r\nHost: a\r\n\r\n").method == .other("PURGE"))
        #expect(try head("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").method == .head)
    }

    @Test func `every method of the standard is known by its name`() {
        for method in [Method.get, .head, .post, .put, .delete, .options, .patch] {
            #expect(Method(method.name) == method)
        }
        #expect(Method("") == nil)
        #expect(Method("a b") == nil)
    }

    @Test func `a few empty lines before a request are passed over`() throws {
        #expect(try single("\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").path == "/")
        #expect(read("\r\n\r\n").isIdle)
    }

    @Test func `pipelined requests come one after the other`() {
        let reading = read(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\n"
                + "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n"
                + "HEAD /4 HTTP/1.1\r\nHost: a\r\n\r\n" + "GET /5 HTTP/1.1\r\nHo")
        #expect(reading.failure == nil)
        #expect(reading.messages.map(\.path) == ["/1", "/2", "/3", "/4"])
        #expect(reading.messages.map(\.body) == [[], [97, 98, 99], [100, 101], []])
        #expect(reading.messages.allSatisfy { $0.isComplete })
        #expect(!reading.isIdle)
    }

    @Test(arguments: [
        ("0\r\n\r\n", ""), ("000\r\n\r\n", ""), ("1\r\na\r\n0\r\n\r\n", "a"), ("01\r\na\r\n0\r\n\r\n", "a"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("0000000000000001\r\na\r\n0\r\n\r\n", "a"), ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        ("1;a\r\nb\r\n0\r\n\r\n", "b"), ("1;a=b\r\nc\r\n0;d\r\n\r\n", "c"), ("1;a=b;c;d=e\r\nf\r\n0\r\n\r\n", "f"),
        ("1;a=\"b;c \\\" \\\\\"\r\nd\r\n0\r\n\r\n", "d"), ("1;a=\"\";b\r\nc\r\n0\r\n\r\n", "c"),
        ("1\r\na\r\n0\r\nA: b\r\nC:d\r\n\r\n", "a"), ("1\r\na\r\n0\r\nContent-Length: 5\r\n\r\n", "a"),
    ])
    func `chunks make up the body`(chunks: String, body: String) throws {
        let message = try single("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n\(chunks)")
        #expect(message.framing == .chunked)
        #expect(message.body == [UInt8](body.utf8))
        #expect(message.isComplete)
        #expect(message.fields.count == 2, "trailers are dropped")
    }

    @Test func `a length with zeros before it, and of zero, are lengths`() throws {
        #expect(try single("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0003\r\n\r\nabc").body.count == 3)
        #expect(try single("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").framing == .length(0))
    }

    @Test func `a client that waits for 100 Continue is known before its body`() throws {
        let fields = "Host: a\r\nExpect: 100-Continue\r\n"
        #expect(try single("POST / HTTP/1.1\r\n\(fields)Content-Length: 1\r\n\r\na").expectsContinue)
        #expect(try single("POST / HTTP/1.1\r\n\(fields)Content-Length: 0\r\n\r\n").expectsContinue == false)
        #expect(try single("POST / HTTP/1.1\r\n\(fields)\r\n").expectsContinue == false)
        #expect(try single("POST / HTTP/1.0\r\n\(fields)Content-Length: 1\r\n\r\na").expectsContinue == false)
        #expect(try single("POST / HTTP/1.0\r\nExpect: x\r\n\r\n").expectsContinue == false)
    }

    @Test func `fields are found whatever their case and lose the blanks around them`() throws {
        let head = try head(
            "GET / HTTP/1.1\r\nhOST: a\r\nLAST-EVENT-ID: \t e-1 \t\r\nX-Own:1\r\nx-own: 2\r\nEmpty:\r\n"
                + "X-Accel-Buffering: no\r\nAccept-Language: de\r\n\r\n")
        #expect(head[.lastEventID] == "e-1")
        #expect(head["last-event-id"] == "e-1")
        #expect(head["Last-Event-ID"] == "e-1")
        #expect(head["x-OWN"] == "1")
        #expect(head.values(of: "X-Own") == ["1", "2"])
        #expect(head["empty"] == "")
        #expect(head["absent"] == nil)
        #expect(head[.xAccelBuffering] == "no")
        #expect(head[.acceptLanguage] == "de")
        #expect(head[.acceptEncoding] == nil)
        #expect(head.fields.count == 7)
        #expect(head.fields.map(\.name).prefix(2) == ["hOST", "LAST-EVENT-ID"])
    }

    @Test func `a value outside ASCII is read as UTF-8 and repaired`() throws {
        var bytes = [UInt8]("GET / HTTP/1.1\r\nHost: a\r\nA: é ".utf8)
        bytes += [0xFF] + [UInt8]("\r\n\r\n".utf8)
        #expect(read(bytes).messages.first?.fields.last == "A: é \u{FFFD}")
    }

    @Test(arguments: FieldName.allCases) func `every known name is found in any case`(name: FieldName) throws {
        var fields = Fields()
        try fields.append(name.spelling.uppercased(), "v")
        #expect(fields[name] == "v")
        #expect(fields[name.spelling.lowercased()] == "v")
        #expect(fields.values(of: name) == ["v"])
    }

    @Test func `a head outlives the parser's next request`() {
        var parser = RequestParser()
        let bytes = [UInt8]("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /22 HTTP/1.1\r\nHost: bb\r\n\r\n".utf8)
        var offset = 0
        _ = parser.next(bytes.span, from: &offset)
        let kept = parser.head
        _ = parser.next(bytes.span, from: &offset)
        _ = parser.next(bytes.span, from: &offset)
        #expect(kept.path == "/1")
        #expect(kept.host == "a")
        #expect(parser.head.path == "/22")
    }

    @Test func `a head made from parts is as strict as one from the wire`() throws {
        let head = try RequestHead(.post, "/a?b=c", fields: [("Host", "h"), ("Content-Length", "3")])
        #expect(head.path == "/a")
        #expect(head.bodyFraming == .length(3))
        #expect(throws: MessageError.self) { try RequestHead(.get, "/", fields: []) }
        #expect(throws: MessageError.self) { try RequestHead(.get, "/a b", fields: [("Host", "h")]) }
        #expect(throws: MessageError.self) { try RequestHead(.get, "/", fields: [("Host", "h\r\nA: b")]) }
        #expect(throws: MessageError.self) { try RequestHead(.other("A B"), "/", fields: [("Host", "h")]) }
    }
}
