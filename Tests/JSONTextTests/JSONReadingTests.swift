// The pull side: asking for what one expects, and hearing about it when something else stands there.

import JSONText
import Testing

@Suite struct JSONReadingTests {
    @Test func `a body is read member by member`() throws {
        var reader = JSONReader(
            Array(
                #" {"topic": "robot", "data": {"x": [1, 2.50]}, "retry": 1500, "private": true, "n": null, "z": [0]} "#
                    .utf8))
        var seen: [String] = []
        try reader.readObject { (reader, name) throws(JSONTextError) in
            switch name {
            case "topic": seen.append(try reader.readString())
            case "data": seen.append(try reader.peek() == .object ? reader.readCompactText() : "")
            case "retry": seen.append(String(try reader.readInteger()))
            case "private": seen.append(String(try reader.readBool()))
            case "n": try reader.readNull()
            default: seen.append(name)  // its value is not read, and so is skipped
            }
        }
        try reader.finish()
        #expect(seen == ["robot", #"{"x":[1,2.50]}"#, "1500", "true", "z"])
    }

    @Test func `a slice of a body is a text, its places counted from its own start`() throws {
        let body = Array("[1]\n[2,]\n".utf8)
        var line = JSONReader(body[4..<8])
        let error = #expect(throws: JSONTextError.self) { try line.skipValue() }
        #expect(error?.offset == 3)
    }

    @Test func `escapes are decoded`() throws {
        var reader = JSONReader(Array(#""a\"\\\/\b\f\n\r\t\u0000\u00e9\u20AC\ud83d\ude00z""#.utf8))
        let text = try reader.readString()
        #expect(text.utf8.elementsEqual("a\"\\/\u{8}\u{C}\n\r\t\0é€😀z".utf8))
    }

    static let integers: [(String, Int?)] = [
        ("0", 0), ("-0", 0), ("42", 42), ("-7", -7), ("9223372036854775807", .max), ("-9223372036854775808", .min),
        ("9223372036854775808", nil), ("1.0", nil), ("1e2", nil), ("99999999999999999999", nil),
    ]

    @Test(arguments: integers)
    func `an integer is whole, and fits`(text: String, value: Int?) throws {
        var reader = JSONReader(Array(text.utf8))
        if let value {
            #expect(try reader.readInteger() == value)
        } else {
            let error = #expect(throws: JSONTextError.self) { try reader.readInteger() }
            #expect(error?.code == .outOfRange)
            #expect(error?.message == "expected a whole number of at most 64 bits at byte 0")
        }
    }

    @Test(arguments: ["{}", "[]", "\"\"", "1", "true", "null"])
    func `another kind of value than asked for is told from a broken text`(text: String) throws {
        let bytes = Array(" \(text)".utf8)
        var start = JSONReader(bytes)
        let kind = try start.peek()
        func expectRefusal(unless asked: JSONKind, _ read: (inout JSONReader) throws(JSONTextError) -> Void) {
            guard kind != asked else { return }
            var reader = JSONReader(bytes)
            let error = #expect(throws: JSONTextError.self) { try read(&reader) }
            #expect(error?.code == .unexpectedKind)
            #expect(error?.offset == 1)
        }
        expectRefusal(unless: .object) { (reader) throws(JSONTextError) in try reader.readObject { (_, _) in } }
        expectRefusal(unless: .array) { (reader) throws(JSONTextError) in try reader.readArray { (_) in } }
        expectRefusal(unless: .string) { (reader) throws(JSONTextError) in _ = try reader.readString() }
        expectRefusal(unless: .number) { (reader) throws(JSONTextError) in _ = try reader.readInteger() }
        expectRefusal(unless: .bool) { (reader) throws(JSONTextError) in _ = try reader.readBool() }
        expectRefusal(unless: .null) { (reader) throws(JSONTextError) in try reader.readNull() }
    }

    static let duplicates: [(text: String, message: String)] = [
        (#"{"a":1,"b":2,"a":3}"#, #"the member "a" appears again at byte 13"#),
        (#"{"a":1,"\u0061":2}"#, #"the member "a" appears again at byte 7"#),
        (#"{"":1,"":2}"#, #"the member "" appears again at byte 6"#),
    ]

    @Test(arguments: duplicates)
    func `a member named twice is refused`(text: String, message: String) {
        let error = #expect(throws: JSONTextError.self) { try JSONValue(parsing: text.utf8) }
        #expect(error?.code == .duplicateMember)
        #expect(error?.message == message)
    }

    @Test func `two spellings of an accented letter are two names`() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}".utf8)
        #expect(value["\u{E9}"]?.int == 1)
        #expect(value["e\u{301}"]?.int == 2)
    }

    @Test(arguments: [15, 16, 17, 40, 5000])
    func `a member named twice is found among many`(count: Int) throws {
        let members = (0..<count).map { "\"m\($0)\":\($0)" }
        let sound = "{\(members.joined(separator: ","))}"
        #expect(try JSONValue(parsing: sound.utf8).members?.count == count)
        for again in [0, count / 2, count - 1] {
            let text = "{\((members + ["\"m\(again)\":0"]).joined(separator: ","))}"
            let error = #expect(throws: JSONTextError.self) { try JSONValue(parsing: text.utf8) }
            #expect(error?.code == .duplicateMember)
        }
    }

    @Test func `a caller may refuse what it reads`() {
        var reader = JSONReader(Array(#"{"a": 1}"#.utf8))
        let error = #expect(throws: JSONTextError.self) {
            try reader.readObject { (reader, name) throws(JSONTextError) in
                throw reader.refusal("unknown member \"\(name)\"")
            }
        }
        #expect(error?.message == #"unknown member "a" at byte 6"#)
        #expect(error?.code == .refused)
    }
}
