import Fanfare
import Testing

@Suite struct TokenKeyTests {
    @Test func `a key verifies its own tokens, and no other's`() throws {
        let key = TokenKey.random()
        let token = try key.issue(
            to: "anna", for: .seconds(60), publish: ["a/{user}"], subscribe: ["b/**"], admin: true)
        let identity = try key.verify(token)
        #expect(identity.user == "anna")
        #expect(identity.publish == ["a/anna"])
        #expect(identity.subscribe == ["b/**"])
        #expect(identity.admin)
        #expect(identity.expiry != nil)
        let remaining = try #require(identity.remaining)
        #expect(remaining > .zero && remaining <= .seconds(60))
        #expect { try TokenKey.random().verify(token) } throws: { ($0 as? Problem)?.kind == "token-bad-signature" }
        #expect { try key.verify(token + "A") } throws: { ($0 as? Problem)?.status == .unauthorized }
    }

    @Test func `an identity may do what its patterns say`() throws {
        let key = TokenKey.random()
        let identity = try key.verify(
            try key.issue(to: "anna", for: .seconds(60), publish: ["a/{user}"], subscribe: ["b/*", "$hub/**"]))
        #expect(identity.mayPublish(to: "a/anna"))
        for topic in ["a/bert", "b/x", "a/*", "", "$hub/x"] { #expect(!identity.mayPublish(to: topic)) }
        #expect(identity.mayRead("b/x"))
        // The hub's own topics are for those who look after it.
        for topic in ["a/anna", "b/x/y", "b/*", "", "$hub/x"] { #expect(!identity.mayRead(topic)) }
        let admin = try key.verify(try key.issue(to: nil, for: .seconds(60), subscribe: ["$hub/**"], admin: true))
        #expect(admin.user == nil)
        #expect(admin.mayRead("$hub/x"))
    }

    @Test func `what nobody would take is not made`() throws {
        let key = TokenKey.random()
        for user in ["a/b", "*", "**", "a\nb"] {
            #expect(throws: TokenKeyError.self) { try key.issue(to: user, for: .seconds(60), subscribe: ["{user}"]) }
        }
        #expect(throws: TokenKeyError.self) { try key.issue(to: nil, for: .seconds(60), subscribe: ["{user}"]) }
        #expect(throws: TokenKeyError.self) { try key.issue(to: "", for: .seconds(60)) }
        #expect(throws: TokenKeyError.self) { try key.issue(to: "a", for: .seconds(60), publish: ["a/**/b"]) }
        #expect(throws: TokenKeyError.self) {
            try key.issue(to: String(repeating: "a", count: 100_000), for: .seconds(60))
        }
        // A name that stands nowhere may be anything.
        #expect(try key.verify(try key.issue(to: "a/b", for: .seconds(60), subscribe: ["x"])).user == "a/b")
    }

    @Test func `a token lasts a second at least, and no longer than time`() throws {
        let key = TokenKey.random()
        for duration in [Duration.zero, .seconds(-5), .milliseconds(1), .seconds(Int64.max)] {
            #expect(throws: Never.self) { try key.verify(try key.issue(to: "a", for: duration)) }
        }
    }

    @Test func `a secret has to be long enough, and is the same as bytes and as text`() throws {
        #expect(throws: TokenKeyError.self) { try TokenKey(secret: "short") }
        #expect(throws: TokenKeyError.self) { try TokenKey(secret: []) }
        let text = "a secret that has thirty-two bytes at least"
        let token = try TokenKey(secret: text).issue(to: "a", for: .seconds(60))
        #expect(try TokenKey(secret: Array(text.utf8)).verify(token).user == "a")
    }
}
