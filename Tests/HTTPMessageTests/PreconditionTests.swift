// Owns the tables of entity tags, conditions and dates: the standard's own examples, and what lies at their edges.

import HTTPMessage
import Testing

@Suite struct PreconditionTests {
    // RFC 9110, section 8.8.3.2.
    @Test(
        arguments: [
            ("W/\"1\"", "W/\"1\"", false, true), ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true), ("\"1\"", "\"1\"", true, true), ("\"\"", "\"\"", true, true),
        ] as [(String, String, Bool, Bool)])
    func `two entity tags are compared strongly and weakly`(
        one: String, other: String, isStrongly: Bool, isWeakly: Bool
    ) throws {
        let one = try #require(EntityTag(field: one))
        let other = try #require(EntityTag(field: other))
        #expect(one.isStronglyEqual(to: other) == isStrongly)
        #expect(one.isWeaklyEqual(to: other) == isWeakly)
    }

    @Test(arguments: [
        "", "\"", "a", "\"a", "a\"", "\"a\"b", "w/\"a\"", "W/a", "W\"a\"", "\"a b\"", "\"a\u{7F}\"", "*", "W/",
    ])
    func `a malformed entity tag is none`(text: String) {
        #expect(EntityTag(field: text) == nil)
    }

    @Test(
        arguments: [
            ([], nil), (["*"], .any), ([" * "], .any), (["\"a\""], ["\"a\""]),
            (["\"a\", W/\"b,c\" ,\t\"d\"", "\"e\""], ["\"a\"", "W/\"b,c\"", "\"d\"", "\"e\""]),
            ([",, \"a\",,"], ["\"a\""]), (["\"a\" \"b\""], []), (["\"a\", b, \"c\""], ["\"a\""]), ([""], []),
            (["\"é\""], ["\"é\""]),
        ] as [([String], Wanted?)])
    func `a list of entity tags is read as far as it is well-formed`(values: [String], wanted: Wanted?) {
        switch (EntityTagList(values), wanted) {
        case (nil, nil), (.any, .any): break
        case (.tags(let tags), .tags(let texts)): #expect(tags.map(\.description) == texts)
        case (let list, _): Issue.record("\(values) is \(String(describing: list))")
        }
    }

    enum Wanted: ExpressibleByArrayLiteral, Sendable {
        case any
        case tags([String])

        init(arrayLiteral elements: String...) { self = .tags(elements) }
    }

    private static let present = Validators(tag: EntityTag("now", isWeak: false), modified: 784_111_777)
    private static let before = "Sun, 06 Nov 1994 08:49:36 GMT"
    private static let same = "Sun, 06 Nov 1994 08:49:37 GMT"

    // RFC 9110, section 13.2.2, each step, and that an earlier one decides.
    @Test(
        arguments: [
            ("GET", [:], .proceed(honoursRange: true)), ("HEAD", [:], .proceed(honoursRange: false)),
            ("PUT", [:], .proceed(honoursRange: false)),
            ("GET", ["If-Match": "\"now\""], .proceed(honoursRange: true)),
            ("GET", ["If-Match": "*"], .proceed(honoursRange: true)),
            ("GET", ["If-Match": "\"then\""], .failed), ("PUT", ["If-Match": "W/\"now\""], .failed),
            ("PUT", ["If-Match": "now"], .failed),
            ("GET", ["If-Match": "\"then\", \"now\""], .proceed(honoursRange: true)),
            ("PUT", ["If-Unmodified-Since": before], .failed),
            ("PUT", ["If-Unmodified-Since": same], .proceed(honoursRange: false)),
            ("PUT", ["If-Unmodified-Since": "1994"], .proceed(honoursRange: false)),
            // A tag decides, and the date does not.
            ("PUT", ["If-Match": "\"now\"", "If-Unmodified-Since": before], .proceed(honoursRange: false)),
            ("GET", ["If-None-Match": "\"now\""], .notModified), ("HEAD", ["If-None-Match": "W/\"now\""], .notModified),
            ("PUT", ["If-None-Match": "\"now\""], .failed), ("PUT", ["If-None-Match": "*"], .failed),
            ("GET", ["If-None-Match": "\"then\""], .proceed(honoursRange: true)),
            ("GET", ["If-Modified-Since": same], .notModified),
            ("GET", ["If-Modified-Since": before], .proceed(honoursRange: true)),
            ("PUT", ["If-Modified-Since": same], .proceed(honoursRange: false)),
            ("GET", ["If-Modified-Since": "never"], .proceed(honoursRange: true)),
            ("GET", ["If-None-Match": "\"then\"", "If-Modified-Since": same], .proceed(honoursRange: true)),
            ("GET", ["If-Match": "\"then\"", "If-None-Match": "\"now\""], .failed),
            ("GET", ["If-Range": "\"now\""], .proceed(honoursRange: true)),
            ("GET", ["If-Range": "W/\"now\""], .proceed(honoursRange: false)),
            ("GET", ["If-Range": "\"then\""], .proceed(honoursRange: false)),
            ("GET", ["If-Range": same], .proceed(honoursRange: true)),
            ("GET", ["If-Range": before], .proceed(honoursRange: false)),
            ("GET", ["If-Range": "x"], .proceed(honoursRange: false)),
        ] as [(String, KeyValuePairs<String, String>, Preconditions.Verdict)])
    func `conditions are judged in the order of the standard`(
        method: String, fields: KeyValuePairs<String, String>, verdict: Preconditions.Verdict
    ) throws {
        #expect(try Self.verdict(method, fields, for: Self.present) == verdict)
    }

    @Test func `without a tag and a date only what asks for any state holds`() throws {
        let nothing = Validators(tag: nil, modified: nil)
        #expect(try Self.verdict("GET", ["If-Match": "\"now\""], for: nothing) == .failed)
        #expect(try Self.verdict("GET", ["If-Match": "*"], for: nothing) == .proceed(honoursRange: true))
        #expect(try Self.verdict("GET", ["If-Modified-Since": Self.same], for: nothing) == .proceed(honoursRange: true))
        #expect(try Self.verdict("GET", ["If-Range": Self.same], for: nothing) == .proceed(honoursRange: false))
    }

    @Test func `a date of this very second is no promise for a range`() throws {
        let fields: KeyValuePairs = ["If-Range": Self.same]
        #expect(try Self.verdict("GET", fields, for: Self.present, at: 784_111_777) == .proceed(honoursRange: false))
        #expect(try Self.verdict("GET", fields, for: Self.present, at: 784_111_778) == .proceed(honoursRange: true))
    }

    private static func verdict(
        _ method: String, _ fields: KeyValuePairs<String, String>, for present: Validators, at now: Int = 1_800_000_000
    ) throws -> Preconditions.Verdict {
        let named = HTTPMessage.Method(method)
        let method = try #require(named)
        let head = try RequestHead(
            method, "/", fields: [("Host", "a")] + fields.map { (name: $0.key, value: $0.value) })
        return Preconditions(head, at: now).verdict(for: present)
    }

    // RFC 9110, section 5.6.7.
    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func `a date is read in each of its forms`(text: String) {
        #expect(HTTPDate.parse(text, at: 1_800_000_000) == 784_111_777)
    }

    @Test func `a year of two digits is at most fifty years ahead`() {
        let present = 1_800_000_000  // 2027
        #expect(HTTPDate.parse("Sunday, 01-Jan-77 00:00:00 GMT", at: present) == 3_376_684_800)
        #expect(HTTPDate.parse("Sunday, 01-Jan-78 00:00:00 GMT", at: present) == 252_460_800)
        #expect(HTTPDate.parse("Sunday, 01-Jan-27 00:00:00 GMT", at: present) == 1_798_761_600)
    }

    @Test(arguments: [
        "", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "784111777", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
    ])
    func `a date of another form is none`(text: String) {
        #expect(HTTPDate.parse(text, at: 1_800_000_000) == nil)
    }

    @Test func `what is written as a date is read as the same`() {
        for time in stride(from: -62_167_219_200, to: 253_402_300_799, by: 86_399 * 4_999) {
            #expect(HTTPDate.parse(HTTPDate.text(time), at: 1_800_000_000) == time)
        }
        #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(.max).hasSuffix("9999 23:59:59 GMT"))
        #expect(HTTPDate.text(.min).hasPrefix("Sat, 01 Jan 0000"))
    }
}
