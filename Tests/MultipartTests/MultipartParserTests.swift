import SeededRandomness
import Testing

@testable import Multipart

@Suite struct MultipartParserTests {
    /// A form of two fields and two files, one of which is full of what looks like its boundary.
    static let form = """
        what comes before means nothing\r
        --bound\r
        Content-Disposition: form-data; name="greeting"\r
        \r
        hello\r
        --bound \t \r
        content-disposition: FORM-DATA; filename="a \\"b\\\\c.png"; name=photo\r
        Content-Type: image/png\r
        X-Other: é\r
        \r
        \r
        --boun\r
        -\r\r
        --bou\r
        \r
        --bound\r
        Content-Disposition: form-data; name="empty"\r
        \r
        \r
        --bound\r
        Content-Disposition: form-data; name="bare"\r
        \r
        --bound--\r
        what comes after does not, either
        """

    private static func read(
        _ text: String, boundary: String = "bound", _ limits: MultipartLimits = MultipartLimits()
    ) -> FormReading {
        FormReading(of: [Array(text.utf8)[...]], boundary: boundary, limits)
    }

    /// A form of one part with these lines as its head.
    private static func head(_ lines: String) -> FormReading { read("--bound\r\n\(lines)\r\n\r\n.\r\n--bound--") }

    @Test func `a form is its parts, with their heads and the bytes between boundaries`() {
        let reading = Self.read(Self.form)
        #expect(reading.error == nil && reading.isOver)
        #expect(reading.parts.map(\.head.name) == ["greeting", "photo", "empty", "bare"])
        #expect(reading.parts.map(\.head.fileName) == [nil, #"a "b\c.png"#, nil, nil])
        #expect(reading.parts.map(\.head.contentType) == [nil, "image/png", nil, nil])
        #expect(reading.parts[1].head["x-other"] == "é")
        #expect(
            reading.parts.map { String(decoding: $0.body, as: UTF8.self) }
                == ["hello", "\r\n--boun\r\n-\r\r\n--bou\r\n", "", ""])
        #expect(!reading.parts.contains { !$0.isOver })
    }

    @Test func `a form is read the same wherever it is cut in two, and in pieces of any size`() {
        let bytes = Array(Self.form.utf8)
        let whole = Self.read(Self.form)
        for cut in 0...bytes.count {
            #expect(FormReading(of: [bytes[..<cut], bytes[cut...]], boundary: "bound", MultipartLimits()) == whole)
        }
        for size in 1...60 {
            let cut = pieces(of: bytes) { _ in size }
            #expect(FormReading(of: cut, boundary: "bound", MultipartLimits()) == whole)
        }
    }

    @Test func `a form is read the same wherever it is cut in three`() {
        let text = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\r\n--\r\n--b--"
        let bytes = Array(text.utf8)
        let whole = Self.read(text, boundary: "b")
        #expect(whole.parts.first?.body == Array("x\r\r\n--".utf8))
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let cut = [bytes[..<first], bytes[first..<second], bytes[second...]]
                #expect(FormReading(of: cut, boundary: "b", MultipartLimits()) == whole)
            }
        }
    }

    @Test func `a form that is cut off is refused wherever that is`() {
        let bytes = Array(Self.form.utf8)
        let end = Self.form.utf8.count - "\r\nwhat comes after does not, either".utf8.count
        for count in 0..<end {
            let reading = FormReading(of: [bytes[..<count]], boundary: "bound", MultipartLimits())
            #expect(reading.error?.code == .incomplete && !reading.isOver, "\(count) bytes")
        }
        #expect(FormReading(of: [bytes[..<end]], boundary: "bound", MultipartLimits()).error == nil)
    }

    @Test func `a form without parts is one`() {
        for text in ["--bound--", "--bound--\r\n", "preamble\r\n--bound--epilogue\r\n--bound\r\nX: y"] {
            let reading = Self.read(text)
            #expect(reading.error == nil && reading.parts.isEmpty)
        }
    }

    @Test(arguments: [
        "--boundary\r\n", "--bound-\r\n", "--bound-x", "--bound x\r\n", "--bound\n", "--bound\rx",
        "--bound\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--bounds",
    ]) func `a boundary with anything behind it is refused`(text: String) {
        #expect(Self.read(text).error?.code == .malformed)
    }

    @Test(arguments: [
        "", "X: y", "Content-Disposition: form-data", "Content-Disposition: attachment; name=a",
        "Content-Disposition form-data; name=a", ": x", "Content-Disposition : form-data; name=a",
        "Content-Disposition: form-data; name=a\r\n folded", "Content-Disposition: form-data; name=a\u{1}",
        "Content-Disposition: form-data; name=a\nX: y", "Content-Disposition: form-data; name=a\rX: y",
        "Content-Disposition: form-data; name=a; name=b", "Content-Disposition: form-data; name=a; NAME=b",
        "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b",
        #"Content-Disposition: form-data; name="a"#, #"Content-Disposition: form-data; name="a\""#,
        "Content-Disposition: form-data; name=a b", "Content-Disposition: form-data name=a",
        "Content-Disposition: form-data; name", "Content-Disposition: form-data; =a",
        "Content-Disposition: form-data; name=\"a\"x",
    ]) func `a head that could be read in two ways, or in none, is refused`(lines: String) {
        #expect(Self.head(lines).error?.code == .malformed)
    }

    @Test(arguments: [
        (#"name="a""#, "a", nil), ("name=a;", "a", nil), (#"name="";filename="""#, "", ""),
        (#"name="a;b=c"; filename="d;e""#, "a;b=c", "d;e"), (#"filename="x"; name="y""#, "y", "x"),
        (#"name="a"; filename="C:\dir\file.txt""#, "a", #"C:\dir\file.txt"#),
        (#"name="a"; filename="back\\slash""#, "a", #"back\slash"#),
        (#"name="a%22"; filename="%0d%0A.png""#, "a%22", "%0d%0A.png"),
        (#"name="é"; filename="图.png""#, "é", "图.png"),
        ("name=a; filename*=UTF-8''%e2%82%ac%20rates", "a", "€ rates"),
        ("name=a; filename=plain; filename*=utf-8'en'na%C3%AFve", "a", "naïve"),
        ("name=a; filename*=utf-8''x; filename=plain", "a", "x"),
        ("name=a; filename=plain; filename*=iso-8859-1''%E9", "a", "plain"),
        ("name=a; filename=plain; filename*=utf-8''%FF", "a", "plain"),
        ("name=a; filename=plain; filename*=utf-8''%0A", "a", "plain"),
        ("name=a; filename=plain; filename*=utf-8''%4", "a", "plain"),
        ("name=a; filename=plain; filename*=x", "a", "plain"), ("name=a; filename*=x", "a", nil),
        ("name=a; filename=../../etc/passwd", nil, nil),
        (#"name=a; filename="../../etc/passwd""#, "a", "../../etc/passwd"),
    ]) func `names are read as clients write them`(parameters: String, name: String?, fileName: String?) {
        let reading = Self.head("Content-Disposition: form-data; \(parameters)")
        #expect(reading.parts.first?.head.name == name)
        #expect(reading.parts.first?.head.fileName == fileName)
    }

    @Test func `a name that is not UTF-8 is repaired`() {
        var bytes = Array("--b\r\nContent-Disposition: form-data; name=\"a".utf8)
        bytes.append(0xFF)
        bytes += Array("\"\r\n\r\n\r\n--b--".utf8)
        let reading = FormReading(of: [bytes[...]], boundary: "b", MultipartLimits())
        #expect(reading.parts.map(\.head.name) == ["a\u{FFFD}"])
    }

    @Test func `limits are what is still allowed`() {
        let part = "--bound\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"
        var limits = MultipartLimits()
        limits.parts = 3
        #expect(Self.read(part + part + part + "--bound--", limits).error == nil)
        #expect(Self.read(part + part + part + part + "--bound--", limits).error?.code == .tooManyParts)
        limits.headBytes = "Content-Disposition: form-data; name=a\r\n\r\n".utf8.count
        #expect(Self.read(part + "--bound--", limits).error == nil)
        limits.headBytes -= 1
        #expect(Self.read(part + "--bound--", limits).error?.code == .headTooLarge)
        limits = MultipartLimits()
        limits.fields = 1
        #expect(Self.read(part + "--bound--", limits).error == nil)
        limits.fields = 0
        #expect(Self.read(part + "--bound--", limits).error?.code == .headTooLarge)
    }

    @Test(arguments: [
        "", " ", "a ", "a\u{1}", "a\"", "é", "a;b", "a\r\nb", "a@b", String(repeating: "x", count: 71),
    ]) func `a boundary that can be none is refused`(boundary: String) {
        #expect(throws: MultipartError.self) { try MultipartParser(boundary: boundary) }
    }

    @Test(arguments: [
        "a", "a b", "'()+_,-./:=?", "----WebKitFormBoundary7MA4YWxkTrZu0gW", String(repeating: "x", count: 70),
    ])
    func `any other boundary divides parts`(boundary: String) {
        let text = "--\(boundary)\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--\(boundary)--"
        #expect(Self.read(text, boundary: boundary).parts.first?.body == [UInt8(ascii: "x")])
    }

    @Test func `what is wrong stays wrong`() throws {
        var parser = try MultipartParser(boundary: "b")
        for input in ["--bx", "\r\n--b--", ""] {
            var offset = 0
            #expect(throws: MultipartError.self) { try parser.next(Array(input.utf8).span, from: &offset) }
        }
        #expect(throws: MultipartError.self) { try parser.finish() }
    }

    @Test func `bytes that are cut out of forms and put together at random are read in one way`() {
        let words = [
            "\r\n", "--b", "--b--", "\r", "\n", "-", "b", "\r\n--b\r\n", "\r\n\r\n", " ", "x", ": ", "; name=a",
            "Content-Disposition: form-data; name=a\r\n", "Content-Disposition: form-data; name=a\r\n\r\n", "\r\n--",
        ]
        for seed in 0..<20_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let text = (0..<Int.random(in: 1...14, using: &random)).map { _ in words.randomElement(using: &random)! }
            let fault = multipartFault(in: Array(("--b\r\n" + text.joined()).utf8))
            #expect(fault == nil, "\(text)")
        }
    }
}
