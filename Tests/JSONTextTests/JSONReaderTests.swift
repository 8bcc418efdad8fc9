// What the reader accepts and what it refuses: RFC 8259, a row each, with the message that a publisher gets to see.

import JSONText
import Testing

private func compacted(_ bytes: [UInt8]) throws(JSONTextError) -> String {
    var reader = JSONReader(bytes)
    let text = try reader.readCompactText()
    try reader.finish()
    return text
}

@Suite struct JSONReaderTests {
    static let valid: [(text: String, compact: String)] = [
        ("null", "null"), ("true", "true"), ("false", "false"), (" \t\r\nnull \t\r\n", "null"),
        ("0", "0"), ("-0", "-0"), ("10", "10"), ("-1", "-1"), ("0.0", "0.0"), ("1.50", "1.50"), ("1e5", "1e5"),
        ("1E+5", "1E+5"), ("1e-05", "1e-05"), ("0e0", "0e0"), ("-0.1e1", "-0.1e1"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        (#""""#, #""""#), (#"" a  b ""#, #"" a  b ""#), (#""\"\\\/\b\f\n\r\t""#, #""\"\\\/\b\f\n\r\t""#),
        (#""\u0000\u00E9\u00e9""#, #""\u0000\u00E9\u00e9""#), (#""\ud83d\uDE00""#, #""\ud83d\uDE00""#),
        (#""\ud800\udc00\udbff\udfff""#, #""\ud800\udc00\udbff\udfff""#), (#""\\ud800""#, #""\\ud800""#),
        ("\"é€😀\u{7F}\u{2028}\u{10FFFF}\"", "\"é€😀\u{7F}\u{2028}\u{10FFFF}\""),
        ("[]", "[]"), ("[ ]", "[]"), ("[ 1 , 2 ]", "[1,2]"), ("[[],[ [] ]]", "[[],[[]]]"),
        ("{}", "{}"), ("{ }", "{}"), (#"{ "a" : 1 , "b" : [ ] }"#, #"{"a":1,"b":[]}"#), (#"{"":{}}"#, #"{"":{}}"#),
        (#"{"a ": " , : \" } "}"#, #"{"a ":" , : \" } "}"#), ("[\n\t\"\\\\\" ]", #"["\\"]"#),
        (#"{"a":1,"a":2}"#, #"{"a":1,"a":2}"#),
        (
            String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
            String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        ),
    ]

    @Test(arguments: valid)
    func `a sound text is passed on less its white space`(text: String, compact: String) throws {
        let result = try compacted(Array(text.utf8))
        #expect(result.utf8.elementsEqual(compact.utf8))
        #expect(jsonTextFault(in: Array(text.utf8)) == nil)
    }

    static let invalid: [(text: String, message: String)] = [
        // No value
        ("", "expected a value, but the text ends at byte 0"),
        ("  ", "expected a value, but the text ends at byte 2"),
        ("\u{FEFF}1", "a byte order mark is not allowed at byte 0"),
        ("\u{A0}1", "expected a value at byte 0"),
        ("\u{B}1", "expected a value at byte 0"),
        ("\u{C}1", "expected a value at byte 0"),
        ("\0", "expected a value at byte 0"),
        ("hello", "expected a value at byte 0"),
        ("'a'", "expected a value at byte 0"),
        ("// a\n1", "expected a value at byte 0"),
        ("/* a */1", "expected a value at byte 0"),
        (",", "expected a value at byte 0"),
        ("]", "expected a value at byte 0"),
        ("}", "expected a value at byte 0"),

        // Literals
        ("nul", "expected null at byte 0"),
        ("nan", "expected null at byte 0"),
        ("tru", "expected true at byte 0"),
        ("tRUE", "expected true at byte 0"),
        ("folse", "expected false at byte 0"),
        ("True", "expected a value at byte 0"),
        ("NaN", "expected a value at byte 0"),
        ("Infinity", "expected a value at byte 0"),
        ("undefined", "expected a value at byte 0"),
        ("nulll", "unexpected text after the value at byte 4"),
        ("truefalse", "unexpected text after the value at byte 4"),

        // Numbers
        ("-", "expected a digit, but the text ends at byte 1"),
        ("-a", "expected a digit at byte 1"),
        ("-Infinity", "expected a digit at byte 1"),
        ("--1", "expected a digit at byte 1"),
        ("+1", "expected a value at byte 0"),
        (".5", "expected a value at byte 0"),
        ("01", "a number must not begin with a 0 at byte 1"),
        ("-01", "a number must not begin with a 0 at byte 2"),
        ("00", "a number must not begin with a 0 at byte 1"),
        ("1.", "expected a digit, but the text ends at byte 2"),
        ("1.e5", "expected a digit at byte 2"),
        ("1e", "expected a digit, but the text ends at byte 2"),
        ("1e+", "expected a digit, but the text ends at byte 3"),
        ("1e5.0", "unexpected text after the value at byte 3"),
        ("1.2.3", "unexpected text after the value at byte 3"),
        ("0x10", "unexpected text after the value at byte 1"),
        ("1_000", "unexpected text after the value at byte 1"),
        ("1 2", "unexpected text after the value at byte 2"),
        ("١", "expected a value at byte 0"),

        // Strings
        ("\"", "expected '\"', but the text ends at byte 1"),
        ("\"abc", "expected '\"', but the text ends at byte 4"),
        ("\"\\\"", "expected '\"', but the text ends at byte 3"),
        ("\"a\nb\"", "a control character in a string must be escaped at byte 2"),
        ("\"\t\"", "a control character in a string must be escaped at byte 1"),
        ("\"\0\"", "a control character in a string must be escaped at byte 1"),
        ("\"\u{1F}\"", "a control character in a string must be escaped at byte 1"),
        (#""\x41""#, "expected one of \" \\ / b f n r t u after '\\' at byte 2"),
        (#""\'""#, "expected one of \" \\ / b f n r t u after '\\' at byte 2"),
        (#""\U0041""#, "expected one of \" \\ / b f n r t u after '\\' at byte 2"),
        (#""\"#, "expected one of \" \\ / b f n r t u after '\\', but the text ends at byte 2"),
        (#""\u12""#, "expected four hexadecimal digits after '\\u' at byte 5"),
        (#""\u12G4""#, "expected four hexadecimal digits after '\\u' at byte 5"),
        (#""\u+123""#, "expected four hexadecimal digits after '\\u' at byte 3"),
        (#""\u12"#, "expected four hexadecimal digits after '\\u', but the text ends at byte 5"),
        (#""\ud800""#, "half of a surrogate pair at byte 1"),
        (#""a\udc00""#, "half of a surrogate pair at byte 2"),
        (#""\ud800\n""#, "half of a surrogate pair at byte 1"),
        (#""\ud800\u0041""#, "half of a surrogate pair at byte 1"),
        (#""\ud800\ud800""#, "half of a surrogate pair at byte 1"),
        (#""\udc00\ud800""#, "half of a surrogate pair at byte 1"),
        (#""\udc00\udc00""#, "half of a surrogate pair at byte 1"),
        (#""\ud800A""#, "half of a surrogate pair at byte 1"),
        (#""\ud83d"#, "half of a surrogate pair at byte 1"),

        // Arrays
        ("[", "expected a value, but the text ends at byte 1"),
        ("[1", "expected ',' or ']', but the text ends at byte 2"),
        ("[1,", "expected a value, but the text ends at byte 3"),
        ("[1,]", "expected a value at byte 3"),
        ("[,1]", "expected a value at byte 1"),
        ("[1,,2]", "expected a value at byte 3"),
        ("[1 2]", "expected ',' or ']' at byte 3"),
        ("[1}", "expected ',' or ']' at byte 2"),
        ("[1]]", "unexpected text after the value at byte 3"),
        ("[\"a\":1]", "expected ',' or ']' at byte 4"),

        // Objects
        ("{", "expected a member's name in quotes, but the text ends at byte 1"),
        ("{]", "expected a member's name in quotes at byte 1"),
        ("{,}", "expected a member's name in quotes at byte 1"),
        ("{a:1}", "expected a member's name in quotes at byte 1"),
        ("{'a':1}", "expected a member's name in quotes at byte 1"),
        ("{1:1}", "expected a member's name in quotes at byte 1"),
        (#"{"a"}"#, "expected ':' at byte 4"),
        (#"{"a" 1}"#, "expected ':' at byte 5"),
        (#"{"a"=1}"#, "expected ':' at byte 4"),
        (#"{"a":}"#, "expected a value at byte 5"),
        (#"{"a":1"#, "expected ',' or '}', but the text ends at byte 6"),
        (#"{"a":1,}"#, "expected a member's name in quotes at byte 7"),
        (#"{"a":1,,"b":2}"#, "expected a member's name in quotes at byte 7"),
        (#"{"a":1 "b":2}"#, "expected ',' or '}' at byte 7"),
        (#"{"a":1]"#, "expected ',' or '}' at byte 6"),
        (#"{"a":1}}"#, "unexpected text after the value at byte 7"),
        (#"{"a":1};"#, "unexpected text after the value at byte 7"),

        // Depth
        (String(repeating: "[", count: 65), "more than 64 levels of nesting at byte 64"),
        (String(repeating: #"{"":"#, count: 65), "more than 64 levels of nesting at byte 256"),
    ]

    @Test(arguments: invalid)
    func `an unsound text is refused with its fault and place`(text: String, message: String) {
        let bytes = Array(text.utf8)
        #expect(throws: JSONTextError.self) { try compacted(bytes) }
        do throws(JSONTextError) { _ = try compacted(bytes) } catch { #expect(error.message == message) }
        do throws(JSONTextError) { _ = try JSONValue(parsing: bytes) } catch { #expect(error.message == message) }
        #expect(throws: JSONTextError.self) { try JSONValue(parsing: bytes) }
        #expect(jsonTextFault(in: bytes) == nil)
    }

    static let illFormed: [(bytes: [UInt8], place: Int)] = [
        ([0x80], 1), ([0xFF], 1), ([0x61, 0xC3], 2), ([0xC0, 0x80], 1), ([0xE0, 0x80, 0xAF], 1), ([0xE2, 0x82], 1),
        ([0xED, 0xA0, 0x80], 1), ([0xF0, 0x9F, 0x98], 1), ([0xF4, 0x90, 0x80, 0x80], 1), ([0xF8, 0x88], 1),
    ]

    @Test(arguments: illFormed)
    func `ill-formed UTF-8 in a string is refused`(bytes: [UInt8], place: Int) {
        let text = [0x22] + bytes + [0x22]
        let error = #expect(throws: JSONTextError.self) { try compacted(text) }
        #expect(error?.message == "ill-formed UTF-8 at byte \(place)")
        #expect(jsonTextFault(in: text) == nil)
    }
}
