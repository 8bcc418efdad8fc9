// What is written is compact, escaped as RFC 8259 asks, and impossible to get wrong unseen.

import JSONText
import Testing

@Suite struct JSONWriterTests {
    @Test func `commas and colons come by themselves`() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("id", "a")
            writer.member("none", nil as String?)
            writer.member("count", 3)
            writer.member("ok", true)
            writer.key("list")
            writer.array { writer in
                writer.int(-1)
                writer.double(0.5)
                writer.double(.nan)
                writer.null()
                writer.beginObject()
                writer.endObject()
                writer.beginArray()
                writer.endArray()
                writer.string("x")
            }
            writer.key("raw")
            writer.raw(#"{"b":[]}"#)
            writer.key("topics")
            writer.strings(["t", "u"])
        }
        let expected =
            #"{"id":"a","none":null,"count":3,"ok":true,"list":[-1,0.5,null,null,{},[],"x"],"raw":{"b":[]},"topics":["t","u"]}"#
        #expect(writer.finishText() == expected)
    }

    @Test func `a text can follow other bytes`() {
        var writer = JSONWriter(appendingTo: Array("data: ".utf8))
        writer.string("a")
        #expect(String(decoding: writer.finish(), as: UTF8.self) == #"data: "a""#)
    }

    static let strings: [(String, String)] = [
        ("", ""), ("plain é😀", "plain é😀"), ("\"\\/", #"\"\\/"#), ("\u{8}\t\n\u{C}\r", #"\b\t\n\f\r"#),
        ("\0\u{1}\u{B}\u{1F}\u{7F}", "\\u0000\\u0001\\u000b\\u001f\u{7F}"), ("a\r\nb", #"a\r\nb"#),
        ("<>&\u{2028}", "<>&\u{2028}"),
    ]

    @Test(arguments: strings)
    func `a string escapes what it must and no more`(string: String, escaped: String) {
        #expect(JSONText.escaped(string).utf8.elementsEqual(escaped.utf8))
        #expect(JSONText.quoted(string).utf8.elementsEqual("\"\(escaped)\"".utf8))
    }

    @Test func `an unfinished text is a programmer's error`() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            _ = writer.finish()
        }
    }

    @Test func `a value without a name in an object is a programmer's error`() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.int(1)
        }
    }

    @Test func `a second value after the text is a programmer's error`() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.int(1)
            writer.int(2)
        }
    }

    @Test func `ending what was not begun is a programmer's error`() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginArray()
            writer.endObject()
        }
    }
}
