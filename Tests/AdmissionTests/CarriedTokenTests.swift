import Answers
import HTTPMessage
import Testing

@testable import Admission

@Suite struct `A request's token` {
    /// What is found: a token, nothing, or the kind of the problem.
    private func found(_ target: String, _ fields: [(String, String)]) throws -> String {
        let head = try RequestHead(.get, target, fields: [("Host", "h")] + fields)
        do throws(Problem) {
            return try CarriedToken.read(head)?.text ?? "none"
        } catch {
            return error.kind
        }
    }

    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER  abc", "abc"), ("Bearer", ""), ("Bearer ", ""),
        ("Bearerabc", "none"), ("Bear abc", "none"), ("Basic abc", "none"), ("", "none"), ("Bearer abc def", "abc def"),
    ])
    func `is what the scheme Bearer holds`(value: String, expected: String) throws {
        #expect(try found("/", [("Authorization", value)]) == expected)
    }

    @Test func `is in the field, else in the query, else in a cookie`() throws {
        let field = ("Authorization", "Bearer field")
        let cookie = ("Cookie", "a=b; fanfare_token=cookie; c=d")
        #expect(try found("/?token=query", [field, cookie]) == "field")
        #expect(try found("/?token=query", [cookie]) == "query")
        #expect(try found("/?topic=a", [cookie]) == "cookie")
        #expect(try found("/?Token=query&tokens=b", [("Cookie", "Fanfare_token=c; xfanfare_token=d")]) == "none")
    }

    @Test func `is there if it is empty, and then the next place is not looked at`() throws {
        #expect(try found("/?token=", [("Cookie", "fanfare_token=cookie")]) == "")
        #expect(try found("/?token", [("Cookie", "fanfare_token=cookie")]) == "")
        #expect(try found("/?token=query", [("Authorization", "Bearer ")]) == "")
        #expect(try found("/", [("Cookie", "fanfare_token=")]) == "")
    }

    @Test func `is decoded from the query, and taken out of quotes`() throws {
        #expect(try found("/?token=a%2Eb%2dc", []) == "a.b-c")
        #expect(try found("/", [("Cookie", "fanfare_token=\"abc\"")]) == "abc")
        #expect(try found("/?token=%FF", []) == "bad-request")
    }

    @Test func `is one: two of the same place are refused unless they are the same`() throws {
        #expect(try found("/?token=a&token=b", []) == "token-ambiguous")
        #expect(try found("/?token=a&token=a", []) == "a")
        #expect(try found("/", [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]) == "token-ambiguous")
        #expect(try found("/", [("Authorization", "Basic a"), ("Authorization", "Bearer b")]) == "b")
        #expect(try found("/", [("Cookie", "fanfare_token=a"), ("Cookie", "fanfare_token=b")]) == "token-ambiguous")
        // Letters that only look the same are not.
        #expect(try found("/?token=%C3%A9&token=e%CC%81", []) == "token-ambiguous")
    }
}
