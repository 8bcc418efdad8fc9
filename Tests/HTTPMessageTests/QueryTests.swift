// Owns the table of queries and forms, and of percent-encoding.

import HTTPMessage
import Testing

@Suite struct QueryTests {
    @Test(
        arguments: [
            ("", []), ("&", []), ("a", ["a="]), ("a=", ["a="]), ("=a", ["=a"]), ("=", ["="]), ("a=b", ["a=b"]),
            ("a=b&c=d", ["a=b", "c=d"]), ("a=b&&c=d&", ["a=b", "c=d"]), ("a=b=c", ["a=b=c"]), ("a+b=c+d", ["a b=c d"]),
            ("a=%2B", ["a=+"]), ("a%3Db=c", ["a=b=c"]), ("a=%26&b", ["a=&", "b="]), ("a=%zz", ["a=%zz"]),
            ("a=%", ["a=%"]), ("a=%4", ["a=%4"]), ("a=%41%4a%4A", ["a=AJJ"]), ("a=%%41", ["a=%A"]),
            ("a=%2%41", ["a=%2A"]),
            ("a=%C3%A9", ["a=é"]), ("a=é", ["a=é"]), ("a=%00", ["a=\0"]), ("a=1&a=2", ["a=1", "a=2"]),
            ("a=%25%34%31", ["a=%41"]), ("topics=a|b", ["topics=a|b"]), ("a=b;c=d", ["a=b;c=d"]), ("a=b?c", ["a=b?c"]),
        ] as [(String, [String])])
    func `a query is parsed as WHATWG says`(text: String, expected: [String]) throws {
        let query = Query([UInt8](text.utf8))
        #expect(try query.pairs().map { "\($0.name)=\($0.value)" } == expected)
        #expect(try query.repairedPairs().map { "\($0.name)=\($0.value)" } == expected)
    }

    @Test func `first and all find names in their decoded form`() throws {
        let query = Query([UInt8]("t%6Fpic=1&topic=2&TOPIC=3&topi=4&topicc=5&a+b=6".utf8))
        #expect(try query.first("topic") == "1")
        #expect(try query.all("topic") == ["1", "2"])
        #expect(try query.first("a b") == "6")
        #expect(try query.first("absent") == nil)
        #expect(try query.all("absent") == [])
    }

    @Test(arguments: ["a=%FF", "a=%C3", "a=%ED%A0%80", "a=%C0%80", "a=%F5%80%80%80"])
    func `a value that is not UTF-8 is refused where it is asked for`(text: String) throws {
        let query = Query([UInt8]("b=1&\(text)".utf8))
        #expect(throws: MessageError.self) { try query.first("a") }
        #expect(throws: MessageError.self) { try query.all("a") }
        #expect(throws: MessageError.self) { try query.pairs() }
        #expect(try query.first("b") == "1")
        #expect(try query.repairedPairs().last?.value.contains("\u{FFFD}") == true)
    }

    @Test func `too many parameters are refused`() throws {
        let fitting = Query([UInt8](String(repeating: "a&", count: 1000).utf8))
        #expect(try fitting.pairs().count == 1000)
        let many = Query([UInt8](String(repeating: "a&", count: 1001).utf8))
        #expect(throws: MessageError.self) { try many.pairs() }
        #expect(throws: MessageError.self) { try many.first("b") }
        #expect(throws: MessageError.self) { try Query([UInt8]("a&b&c".utf8), limit: 2).all("a") }
    }

    @Test func `a head gives its query`() throws {
        let head = try RequestHead(.get, "/subscribe?topics=a|b&topic=c%2Fd", fields: [("Host", "h")])
        #expect(try head.query.first("topics") == "a|b")
        #expect(try head.query.first("topic") == "c/d")
        #expect(try RequestHead(.get, "/", fields: [("Host", "h")]).query.isEmpty)
    }

    @Test(arguments: [
        ("", ""), ("a", "a"), ("a+b", "a+b"), ("%2F", "/"), ("%c3%A9", "é"), ("a%20b", "a b"), ("%25", "%"),
    ])
    func `a path's segment is decoded`(segment: String, text: String) throws {
        #expect(try PercentEncoding.decode(segment: segment) == text)
    }

    @Test(arguments: ["%", "%4", "%zz", "%4g", "%00", "a%", "%FF", "%C3", "%+1"])
    func `a path's segment that has more than one reading is refused`(segment: String) {
        #expect(throws: MessageError.self) { try PercentEncoding.decode(segment: segment) }
    }

    @Test func `what is encoded decodes to itself, as a segment and in a query`() throws {
        let text = "a b+c/d?e&f=g%h#é\u{1F600}\r\n\u{7F}-._~Zz09|"
        let encoded = PercentEncoding.encode(text)
        #expect(encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(try PercentEncoding.decode(segment: encoded) == text)
        #expect(try Query([UInt8]("\(encoded)=\(encoded)".utf8)).first(text) == text)
        #expect(PercentEncoding.encode("a b/é") == "a%20b%2F%C3%A9")
    }
}
