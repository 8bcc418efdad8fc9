// A parser that has read a head before takes the same octets for the same head. Nobody must be able to tell.

import HTTPMessage
import SeededRandomness
import Testing

@Suite struct RememberedHeadTests {
    private static let requests = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST /publish HTTP/1.1\r\nHost: a:80\r\nContent-Length: 3\r\n\r\nabc",
        "POST /publish HTTP/1.1\r\nHost: a:80\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /publish HTTP/1.1\r\nHost: a:80\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
        "POST /publish HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "POST /publish HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "POST http://[::1]:8080/publish?a=b HTTP/1.1\r\nHost: other\r\nContent-Length: 0\r\n\r\n",
        "GET /subscribe?topic=a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET /subscribe?topic=a HTTP/1.0\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "PUT /x HTTP/1.1\r\nHost: a\r\nOdd-Name: \tv \r\n\r\n",
        "(\r\n\r\n",
    ]

    /// All that can be told of what a parser makes of some bytes.
    private func reading(_ bytes: [UInt8], pieces: [Int], _ parser: inout RequestParser) -> [String] {
        var told: [String] = []
        var start = 0
        for end in pieces + [bytes.count] {
            let piece = Array(bytes[start..<end])
            var offset = 0
            while true {
                let action = parser.next(piece.span, from: &offset)
                switch action {
                case .needsMore: break
                case .head:
                    let head = parser.head
                    let fields = head.fields.map { "\($0.name)=\($0.value)" }
                    told.append(
                        "\(head.method.name) \(head.target) \(head.path) \(head.host) \(head.namesHost) \(head.bodyFraming) "
                            + "\(head.keepAlive) \(head.expectsContinue) \(head.isFor(host: "a")) \(head.isFor(host: "::1")) \(fields)"
                    )
                    continue
                case .body(let range):
                    told.append(contentsOf: piece[range].map { "octet \($0)" })
                    continue
                case .end:
                    told.append("end, \(start + offset) octets in")
                    parser.reset()
                    continue
                case .failed(let error):
                    told.append("\(error)")
                    return told
                }
                break
            }
            start = end
        }
        return told
    }

    @Test func `a parser that has read much says what a new one says`() {
        var random = SeededGenerator(seed: 3)
        var old = RequestParser()
        for _ in 0..<5000 {
            let requests = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                // Mostly the first few, so that the same comes again.
                Self.requests[min(Int.random(in: 0..<26, using: &random), Int.random(in: 0..<13, using: &random))]
            }
            let bytes = Array(requests.joined().utf8)
            let pieces = (0..<Int.random(in: 0...2, using: &random))
                .map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            if Int.random(in: 0..<50, using: &random) == 0 {
                old.limits.headBytes = Int.random(in: 30...200, using: &random)
                old.limits.bodyBytes = Int.random(in: 2...8, using: &random)
            }
            var new = RequestParser(limits: old.limits)
            let wanted = reading(bytes, pieces: pieces, &new)
            let found = reading(bytes, pieces: pieces, &old)
            #expect(found == wanted)
            old.reset()
        }
    }

    @Test func `nothing of a head is to be seen once it was forgotten`() {
        var parser = RequestParser()
        let bytes = [UInt8](Self.requests[0].utf8)
        for _ in 0..<3 {
            _ = reading(bytes, pieces: [], &parser)
            parser.reset()
            #expect(parser.head.fields.isEmpty)
            #expect(parser.head.host == "")
            let isIdle = parser.isIdle
            #expect(isIdle)
        }
    }
}

@Suite struct RequestHostTests {
    @Test(arguments: [
        ("a", "a", true), ("A", "a", true), ("a:80", "a", true), ("a.", "a", false), ("ab", "a", false),
        ("a", "ab", false),
        ("[::1]", "::1", true), ("[::1]:8080", "::1", true), ("[::1]", "[::1]", false),
        ("127.0.0.1:1", "127.0.0.1", true),
        ("LOCALHOST", "localhost", true), ("localhost.evil", "localhost", false),
    ])
    func `a request is for the host that it names`(field: String, host: String, isFor: Bool) throws {
        let head = try RequestHead(.get, "/", fields: [("Host", field)])
        #expect(head.isFor(host: host) == isFor)
        #expect(head.namesHost)
    }

    @Test func `an absolute target's host counts, and not the field's`() throws {
        let head = try RequestHead(.get, "http://localhost:8080/x", fields: [("Host", "evil")])
        #expect(head.isFor(host: "localhost"))
        #expect(!head.isFor(host: "evil"))
    }

    @Test(arguments: [
        ("/publish", "/publish", true), ("/publish?x", "/publish", true), ("/publis", "/publish", false),
        ("/publish/", "/publish", false), ("/PUBLISH", "/publish", false), ("http://a", "/", true), ("/", "/", true),
    ])
    func `a path is compared octet for octet`(target: String, path: String, isSame: Bool) throws {
        let head = try RequestHead(.get, target, fields: [("Host", "a")])
        #expect(head.hasPath(path) == isSame)
    }
}
