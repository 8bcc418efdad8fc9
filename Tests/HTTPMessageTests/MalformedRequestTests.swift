// Owns the table of requests that must be refused, each with its status.

import HTTPMessage
import Testing

struct MalformedRequest: Sendable, CustomTestStringConvertible {
    let name: String
    let status: Int
    let bytes: [UInt8]

    init(_ status: Int, _ name: String, _ text: String) {
        self.init(status, name, bytes: [UInt8](text.utf8))
    }

    init(_ status: Int, _ name: String, bytes: [UInt8]) {
        self.name = name
        self.status = status
        self.bytes = bytes
    }

    /// A GET with one more field line.
    static func field(_ status: Int, _ name: String, _ line: String) -> MalformedRequest {
        MalformedRequest(status, name, "GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n")
    }

    /// A request line, with a Host.
    static func line(_ status: Int, _ name: String, _ line: String) -> MalformedRequest {
        MalformedRequest(status, name, "\(line)\r\nHost: a\r\n\r\n")
    }

    /// A chunked body.
    static func chunks(_ status: Int, _ name: String, _ body: String) -> MalformedRequest {
        MalformedRequest(status, name, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")
    }

    /// A request with this Host.
    static func host(_ name: String, _ value: String) -> MalformedRequest {
        MalformedRequest(400, "Host: \(name)", "GET / HTTP/1.1\r\nHost:\(value)\r\n\r\n")
    }

    var testDescription: String { "\(status) \(name)" }
}

@Suite struct MalformedRequestTests {
    static let requestLines: [MalformedRequest] = [
        .line(400, "no version, as in HTTP/0.9", "GET /"),
        .line(400, "no target", "GET HTTP/1.1"),
        .line(400, "an empty target", "GET  HTTP/1.1"),
        .line(400, "two spaces before the target", "GET  / HTTP/1.1"),
        .line(400, "two spaces before the version", "GET /  HTTP/1.1"),
        .line(400, "a space at the end", "GET / HTTP/1.1 "),
        .line(400, "a space at the start", " GET / HTTP/1.1"),
        .line(400, "tabs for spaces", "GET\t/\tHTTP/1.1"),
        .line(400, "a method that is no token", "G@T / HTTP/1.1"),
        .line(400, "a colon after the method", "GET: / HTTP/1.1"),
        .line(400, "a version in lower case", "GET / http/1.1"),
        .line(400, "a version without digits", "GET / HTTP/x.y"),
        .line(400, "a version with one digit", "GET / HTTP/1"),
        .line(400, "a version with three digits", "GET / HTTP/1.10"),
        .line(400, "a version with a comma", "GET / HTTP/1,1"),
        .line(400, "another protocol", "GET / FTP/1.1"),
        .line(505, "a minor version that does not exist", "GET / HTTP/1.2"),
        .line(505, "a major version of binary frames", "GET / HTTP/2.0"),
        .line(505, "version 0.9", "GET / HTTP/0.9"),
        .line(505, "version 3", "GET / HTTP/3.0"),
        MalformedRequest(505, "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        .line(400, "a tab in the target", "GET /a\tb HTTP/1.1"),
        .line(400, "a NUL in the target", "GET /a\0b HTTP/1.1"),
        .line(400, "a DEL in the target", "GET /a\u{7F} HTTP/1.1"),
        .line(400, "UTF-8 in the target", "GET /\u{E9} HTTP/1.1"),
        .line(400, "a space in the target", "GET /a b HTTP/1.1"),
        .line(400, "CONNECT and its authority", "CONNECT a:80 HTTP/1.1"),
        .line(400, "an authority as the target", "GET a:80 HTTP/1.1"),
        .line(400, "a relative path", "GET index.html HTTP/1.1"),
        .line(400, "a query alone", "GET ?a=b HTTP/1.1"),
        .line(400, "an asterisk without OPTIONS", "GET * HTTP/1.1"),
        .line(400, "more than an asterisk", "OPTIONS *a HTTP/1.1"),
        .line(400, "a URL of another scheme", "GET ftp://a/ HTTP/1.1"),
        .line(400, "a URL without a host", "GET http:///path HTTP/1.1"),
        .line(400, "a URL with a user", "GET http://user@a/ HTTP/1.1"),
        .line(400, "a URL with a bad port", "GET http://a:b/ HTTP/1.1"),
        .line(400, "a URL with a fragment for a path", "GET http://a#b HTTP/1.1"),
        .line(400, "a long line without a method", String(repeating: "x", count: 10_000)),
        .line(501, "a method longer than any", String(repeating: "X", count: 33) + " / HTTP/1.1"),
        .line(414, "a long target", "GET /" + String(repeating: "x", count: 8192) + " HTTP/1.1"),
        .line(414, "a target longer than the head", "GET /" + String(repeating: "x", count: 40_000) + " HTTP/1.1"),
        MalformedRequest(414, "a target that never ends", "GET /" + String(repeating: "x", count: 9000)),
        MalformedRequest(400, "five empty lines first", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        MalformedRequest(400, "a bare LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        MalformedRequest(400, "a bare CR first", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        MalformedRequest(400, "a request line that ends in LF", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        MalformedRequest(400, "a request line that ends in CR", "GET / HTTP/1.1\rHost: a\r\n\r\n"),
        MalformedRequest(400, "a line that ends in CR CR LF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
        MalformedRequest(400, "a TLS handshake", bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]),
    ]

    static let fields: [MalformedRequest] = [
        .field(400, "a line that ends in LF", "A: b\nC: d"),
        .field(400, "a bare CR in a value", "A: b\rC: d"),
        .field(400, "a bare CR in a name", "A\rB: c"),
        .field(400, "a NUL in a value", "A: b\0c"),
        .field(400, "a control character in a value", "A: b\u{1}"),
        .field(400, "a DEL in a value", "A: b\u{7F}"),
        .field(400, "a space before the colon", "A : b"),
        .field(400, "a tab before the colon", "A\t: b"),
        .field(400, "an empty name", ": b"),
        .field(400, "no colon", "A"),
        .field(400, "a space in the name", "A b: c"),
        .field(400, "a name that is no token", "A(b): c"),
        .field(400, "a name outside ASCII", "\u{E9}: c"),
        .field(400, "a NUL in the name", "A\0: c"),
        .field(400, "a folded line", "A: b\r\n c"),
        .field(400, "a line folded by a tab", "A: b\r\n\tc"),
        .field(400, "a line of blanks", " "),
        MalformedRequest(400, "white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        MalformedRequest(400, "an end of LF LF", "GET / HTTP/1.1\nHost: a\n\n"),
        MalformedRequest(400, "an end of a bare LF", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        MalformedRequest(
            431, "101 fields",
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 100) + "\r\n"),
        .field(431, "a field larger than the head", "A: " + String(repeating: "b", count: 16_384)),
        MalformedRequest(
            431, "a field that never ends", "GET / HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "b", count: 20_000)),
        .field(417, "another expectation", "Expect: 200-ok"),
        .field(417, "two expectations", "Expect: 100-continue, x"),
        .field(417, "an empty expectation", "Expect:"),
        MalformedRequest(400, "no Host", "GET / HTTP/1.1\r\n\r\n"),
        MalformedRequest(400, "no Host with a URL", "GET http://a/ HTTP/1.1\r\n\r\n"),
        .field(400, "two equal Hosts", "Host: a"),
        .field(400, "two Hosts", "host: b"),
        MalformedRequest(400, "two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
        .host("empty", ""), .host("with a space", " a b"), .host("a list", " a,b"), .host("with a user", " u@a"),
        .host("with a path", " a/b"), .host("with a query", " a?b"), .host("with a fragment", " a#b"),
        .host("a URL", " http://a"), .host("with a bad port", " a:x"), .host("with a port too large", " a:65536"),
        .host("with a long port", " a:000080"), .host("with two ports", " a:1:2"), .host("no host", " :80 x"),
        .host("an address without its bracket", " ::1"), .host("a bracket that stays open", " [::1"),
        .host("something after the bracket", " [::1]a"), .host("no address in brackets", " [a]"),
        .host("brackets around nothing", " []"), .host("a broken percent sign", " a%2"),
        .host("a backslash", " a\\b"), .host("quotes", " \"a\""), .host("outside ASCII", " \u{E9}"),
    ]

    static let framings: [MalformedRequest] = [
        .field(400, "both framings", "Content-Length: 4\r\nTransfer-Encoding: chunked"),
        .field(400, "both framings, the coding first", "Transfer-Encoding: chunked\r\nContent-Length: 4"),
        .field(400, "two equal lengths", "Content-Length: 4\r\nContent-Length: 4"),
        .field(400, "two lengths", "Content-Length: 4\r\ncontent-length: 5"),
        .field(400, "a list of lengths", "Content-Length: 4, 4"),
        .field(400, "a length with a plus", "Content-Length: +4"),
        .field(400, "a length with a minus", "Content-Length: -4"),
        .field(400, "a length with a space inside", "Content-Length: 1 0"),
        .field(400, "an empty length", "Content-Length:"),
        .field(400, "a hexadecimal length", "Content-Length: 0x10"),
        .field(400, "a fractional length", "Content-Length: 4.0"),
        .field(400, "a length beyond 64 bits", "Content-Length: 18446744073709551620"),
        .field(400, "a length beyond 63 bits", "Content-Length: 9223372036854775808"),
        .field(413, "a body too large", "Content-Length: 8388609"),
        .field(501, "another coding", "Transfer-Encoding: gzip"),
        .field(501, "a coding before chunked", "Transfer-Encoding: gzip, chunked"),
        .field(501, "the identity coding", "Transfer-Encoding: identity"),
        .field(501, "almost chunked", "Transfer-Encoding: xchunked"),
        .field(400, "a coding after chunked", "Transfer-Encoding: chunked, gzip"),
        .field(400, "chunked twice", "Transfer-Encoding: chunked, chunked"),
        .field(400, "chunked in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        .field(400, "an identity after chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        .field(400, "no coding", "Transfer-Encoding:"),
        .field(400, "an empty coding", "Transfer-Encoding: chunked,"),
        .field(400, "a coding with a parameter", "Transfer-Encoding: chunked;q=1"),
        .field(400, "a quoted coding", "Transfer-Encoding: \"chunked\""),
        .field(400, "a vertical tab before chunked", "Transfer-Encoding: \u{B}chunked"),
        MalformedRequest(
            400, "chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]

    static let chunks: [MalformedRequest] = [
        .chunks(400, "no size", "\r\n"), .chunks(400, "an extension for a size", ";a\r\n"),
        .chunks(400, "a size of 0x1", "0x1\r\na\r\n"), .chunks(400, "a plus", "+1\r\na\r\n"),
        .chunks(400, "a minus", "-1\r\na\r\n"), .chunks(400, "a space before", " 1\r\na\r\n"),
        .chunks(400, "a space after", "1 \r\na\r\n"), .chunks(400, "a tab after", "1\t\r\na\r\n"),
        .chunks(400, "no digit", "g\r\n"), .chunks(400, "a quote", "\"1\"\r\n"),
        .chunks(400, "17 digits", "00000000000000001\r\na\r\n"),
        .chunks(400, "64 bits", "ffffffffffffffff\r\n"), .chunks(400, "2 to the 63", "8000000000000000\r\n"),
        .chunks(413, "the largest", "7fffffffffffffff\r\n"), .chunks(413, "one too large", "800001\r\n"),
        .chunks(400, "a size that ends in LF", "1\na\r\n"), .chunks(400, "a size that ends in CR", "1\ra\r\n"),
        .chunks(400, "data longer than its size", "1\r\nab\r\n0\r\n\r\n"),
        .chunks(400, "data that ends in LF", "1\r\na\n0\r\n\r\n"),
        .chunks(400, "data that ends in CR", "1\r\na\r0\r\n\r\n"),
        .chunks(400, "data shorter than its size", "3\r\na\r\n0\r\n\r\n"),
        .chunks(400, "an empty extension", "1;\r\na\r\n"), .chunks(400, "an empty extension value", "1;a=\r\nb\r\n"),
        .chunks(400, "white space in an extension", "1; a\r\nb\r\n"),
        .chunks(400, "white space before an extension", "1 ;a\r\nb\r\n"),
        .chunks(400, "a bare LF in an extension", "1;a\nb\r\n"),
        .chunks(400, "a bare CR in an extension", "1;a\rb\r\n"),
        .chunks(400, "a bare LF in quotes", "1;a=\"\n\"\r\n"), .chunks(400, "a CRLF in quotes", "1;a=\"\r\n\"\r\n"),
        .chunks(400, "text after quotes", "1;a=\"b\"c\r\n"),
        .chunks(400, "a long extension", "1;" + String(repeating: "a", count: 1025) + "\r\na\r\n"),
        .chunks(
            400, "many extensions", String(repeating: "1;aaaaaaa\r\na\r\n", count: 140) + "0\r\n\r\n"),
        .chunks(400, "a trailer without a colon", "0\r\nA\r\n\r\n"),
        .chunks(400, "a trailer with a space before its colon", "0\r\nA : b\r\n\r\n"),
        .chunks(400, "a folded trailer", "0\r\nA: b\r\n c\r\n\r\n"),
        .chunks(400, "a trailer that ends in LF", "0\r\nA: b\n\r\n"),
        .chunks(400, "an end of LF", "0\r\n\n"), .chunks(400, "a NUL in a trailer", "0\r\nA: \0\r\n\r\n"),
        .chunks(431, "a trailer too large", "0\r\nA: " + String(repeating: "b", count: 4096) + "\r\n\r\n"),
        .chunks(431, "101 trailers", "0\r\n" + String(repeating: "A: b\r\n", count: 101) + "\r\n"),
    ]

    @Test(arguments: requestLines) func `a bad request line is refused`(_ request: MalformedRequest) {
        expectRefusal(request)
    }

    @Test(arguments: fields) func `a bad field is refused`(_ request: MalformedRequest) {
        expectRefusal(request)
    }

    @Test(arguments: framings) func `a doubtful end of the body is refused`(_ request: MalformedRequest) {
        expectRefusal(request)
    }

    @Test(arguments: chunks) func `a bad chunk is refused`(_ request: MalformedRequest) {
        expectRefusal(request)
    }

    @Test func `chunks that exceed the body's limit together are 413`() {
        var limits = MessageLimits()
        limits.bodyBytes = 10
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(read(head + "5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n", limits: limits).failure == nil)
        #expect(read(head + "5\r\nabcde\r\n6\r\nabcdef\r\n", limits: limits).failure?.status == .contentTooLarge)
    }

    @Test func `a head of just the limit is read and one more octet is not`() {
        let start = "GET / HTTP/1.1\r\nHost: a\r\nA: "
        let fitting = String(repeating: "b", count: 16_384 - start.utf8.count - 4)
        #expect(read(start + fitting + "\r\n\r\n").messages.count == 1)
        #expect(read(start + fitting + "b\r\n\r\n").failure?.status == .headTooLarge)
    }

    @Test func `a target of just the limit is read`() {
        let path = "/" + String(repeating: "x", count: 8191)
        #expect(read("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n").messages.first?.path == path)
    }

    @Test func `a refusal is final until the parser is reset`() {
        var parser = RequestParser()
        let bad = [UInt8]("GET / HTTP/9.9\r\n".utf8)
        var offset = 0
        let first = parser.next(bad.span, from: &offset)
        let good = [UInt8]("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        offset = 0
        let second = parser.next(good.span, from: &offset)
        #expect(first == second)
        #expect(offset == 0)
        parser.reset()
        let third = parser.next(good.span, from: &offset)
        #expect(third == .head)
    }

    @Test func `a refused head holds nothing of the request before it`() {
        var parser = RequestParser()
        let bytes = [UInt8]("PUT /a/long/path?q HTTP/1.0\r\nHost: a\r\n\r\n(\r\n\r\n".utf8)
        var offset = 0
        for expected in [ParseAction.head, .end] {
            let action = parser.next(bytes.span, from: &offset)
            #expect(action == expected)
        }
        #expect(parser.head.path == "/a/long/path")
        _ = parser.next(bytes.span, from: &offset)
        parser.reset()
        #expect(parser.head.path == "/")
        #expect(parser.head.target == "")
        #expect(parser.head.rawQuery == nil)
        #expect(parser.head.host == "")
        #expect(parser.head.method == .get)
    }

    private func expectRefusal(_ request: MalformedRequest, _ location: SourceLocation = #_sourceLocation) {
        let reading = read(request.bytes, location)
        #expect(reading.failure?.status.code == request.status, sourceLocation: location)
        #expect(reading.failure?.detail.hasSuffix(".") == true, sourceLocation: location)
        #expect(reading.messages.allSatisfy { !$0.isComplete }, sourceLocation: location)
    }
}
