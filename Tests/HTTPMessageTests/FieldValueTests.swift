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
                ("Cookie", "a=1; fanfare_token=x.y-z; quoted=\"q\"; bare; empty="), ("Cookie", "second=2; a=3"),
            ])
        #expect(head.contentType?.essence == "application/x-ndjson")
        #expect(head.cookies("a") == ["1", "3"])
        #expect(head.cookies("fanfare_token") == ["x.y-z"])
        #expect(head.cookies("quoted") == ["q"])
        #expect(head.cookies("empty") == [""])
        #expect(head.cookies("second") == ["2"])
        #expect(head.cookies("bare") == [])
        #expect(head.cookies("A") == [])
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

    @Test(arguments: [
        ("http://h", "http://h"), ("HTTPS://H.Example:8443/a?b#c", "https://h.example:8443"),
        ("http://h?x", "http://h"),
        ("http://h#x", "http://h"), ("http://user:secret@h:1/", "http://h:1"), ("http://a@b@h", "http://h"),
        ("http://[::1]:80/@x", "http://[::1]:80"),
    ])
    func `the origin of a URL is where it leads and no more`(url: String, origin: String) {
        #expect(Origin(ofURL: url)?.description == origin)
    }

    @Test(arguments: [
        "", "h", "h:80", "http:", "http:/h", "http://", "http:///a", "http://u@", "http://h:65536", "http://a b",
        "http://[::1",
        "ftp://h", "file:///etc/passwd", "//h",
    ])
    func `what leads to no HTTP server has no origin`(url: String) {
        #expect(Origin(ofURL: url) == nil)
    }

    @Test(arguments: [
        ("localhost", true), ("LOCALHOST:80", true), ("127.0.0.1:8080", true), ("127.255.0.9", true), ("[::1]:1", true),
        ("127.0.0.1.example.org", false), ("127.1", false), ("128.0.0.1", false), ("localhost.example.org", false),
        ("[::2]", false), ("127.0.0.256", false), ("127.0..1", false),
    ])
    func `this machine is known by its loopback addresses and name`(host: String, isLoopback: Bool) throws {
        #expect(try #require(Authority(host)).isLoopback == isLoopback)
    }

    @Test func `a token is not empty and holds nothing that separates`() {
        #expect(ASCII.isToken("Last-Event-ID") && ASCII.isToken("!#$%&'*+-.^_`|~09azAZ"))
        for text in ["", " ", "a b", "a:", "a,b", "\"a\"", "a\r", "\0", "é", "(a)"] { #expect(!ASCII.isToken(text)) }
    }

    @Test func `names are the same whatever the case of their letters and of nothing else`() {
        #expect(ASCII.isSame("Content-Type", "cONTENT-tYPE") && ASCII.isSame("", ""))
        #expect(
            !ASCII.isSame("a", "ab") && !ASCII.isSame("[", "{") && !ASCII.isSame("É", "é") && !ASCII.isSame("@", "`"))
    }
}
