// Owns the tables of what single fields mean: Accept, Content-Type, Cookie, Origin and the authority in Host.

import HTTPMessage
import Testing

@Suite struct FieldValueTests {
    @Test(
        arguments: [
            ([], true, false), (["*/*"], true, false), (["text/*"], true, false), (["text/event-stream"], true, true),
            (["TEXT/Event-Stream"], true, true), (["text/html"], false, false), ([""], false, false),
            (["text/event-stream;q=0"], false, false), (["text/event-stream;q=0.000, */*"], false, false),
            (["*/*;q=0"], false, false), (["text/*;q=0, */*"], false, false),
            (["text/*, text/event-stream;q=0"], false, false),
            (["*/*;q=0, text/event-stream"], true, true), (["text/html, text/event-stream;q=0.001"], true, true),
            (["text/html", "text/event-stream"], true, true), (["a,b;;,text/event-stream"], true, true),
            (["x/y;a=\"text/event-stream, \""], false, false), (["x/y;a=\",\", text/event-stream"], true, true),
            (["text/event-stream;q=2"], false, false), (["text/event-stream;q=x"], false, false),
            (["text/event-stream ; Q=0.5"], true, true), (["text/event-stream;charset=utf-8"], true, true),
            (["application/json, text/plain, */*"], true, false), (["text/event-stream;q=1.000"], true, true),
        ] as [([String], Bool, Bool)])
    func `an Accept field accepts and names`(values: [String], accepts: Bool, names: Bool) {
        let accept = Accept(values)
        #expect(accept.accepts("text/event-stream") == accepts)
        #expect(accept.names("text/event-stream") == names)
    }

    @Test func `a media type has its parts in lower case and its parameters unquoted`() throws {
        let plain = try #require(MediaType("Application/JSON"))
        #expect(plain.essence == "application/json")
        #expect(plain.parameters.isEmpty)
        let full = try #require(MediaType(" text/html ; Charset=\"utf-8\"; a=b;; c=\"d\\\"\\\\;,\" "))
        #expect(full.essence == "text/html")
        #expect(full.parameter("charset") == "utf-8")
        #expect(full.parameter("a") == "b")
        #expect(full.parameter("c") == "d\"\\;,")
        #expect(full.parameter("x") == nil)
    }

    @Test(arguments: ["", "a", "/", "a/", "/b", "a/b/c", "a /b", "a/b c", "a/b;c", "a/b;c=", "a/b;c=\"d", "a/b, c/d"])
    func `a malformed media type is none`(value: String) {
        #expect(MediaType(value) == nil)
    }

    @Test func `a request's own type and cookies are found`() throws {
        let head = try RequestHead(
            .get, "/",
            fields: [
                ("Host", "h"), ("Content-Type", "application/x-ndjson"),
                ("Cookie", "a=1; fanfare_token=x.y-z; quoted=\"q\"; bare; empty="), ("Cookie", "second=2"),
            ])
        #expect(head.contentType?.essence == "application/x-ndjson")
        #expect(head.cookie("a") == "1")
        #expect(head.cookie("fanfare_token") == "x.y-z")
        #expect(head.cookie("quoted") == "q")
        #expect(head.cookie("empty") == "")
        #expect(head.cookie("second") == "2")
        #expect(head.cookie("bare") == nil)
        #expect(head.cookie("A") == nil)
        #expect(head.accept.accepts("text/html"))
    }

    @Test(
        arguments: [
            ("localhost", "localhost", nil), ("LocalHost:8080", "localhost", 8080), ("[::1]:80", "[::1]", 80),
            ("[::1]", "[::1]", nil), ("127.0.0.1:0", "127.0.0.1", 0), ("a:", "a", nil), ("a:65535", "a", 65535),
        ] as [(String, String, UInt16?)])
    func `an authority is a host and a port`(text: String, host: String, port: UInt16?) throws {
        let authority = try #require(Authority(text))
        #expect(authority.host == host)
        #expect(authority.port == port)
    }

    @Test(arguments: ["", ":80", "a:b", "a b", "a@b", "a/b", "a:65536", "[]", "[::1", "a,b", "[::1]x"])
    func `what is no authority is none`(text: String) {
        #expect(Authority(text) == nil)
    }

    @Test(arguments: [
        ("http://a", "a", true), ("http://a:80", "a", true), ("http://a", "a:80", true), ("https://a", "a", true),
        ("https://a", "a:443", true), ("https://a:443", "a:80", false), ("http://A:8080", "a:8080", true),
        ("http://a:8080", "a", false), ("http://b", "a", false), ("http://a.b", "a", false),
        ("http://[::1]:1", "[::1]:1", true),
    ])
    func `an origin is the same as a host or not`(origin: String, host: String, same: Bool) throws {
        let origin = try #require(Origin(origin))
        #expect(origin.isSame(as: try #require(Authority(host))) == same)
    }

    @Test(arguments: [
        "", "null", "a", "http:", "http://", "http:/a", "://a", "http://a/", "http://u@a", "http://a b", "1x://a",
    ])
    func `what is no origin is none`(text: String) {
        #expect(Origin(text) == nil)
    }
}
