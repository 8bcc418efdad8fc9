import Hub
import JSONText
import Testing

@testable import Authorization

@Suite struct `A token signed with a secret` {
    private let secret = Array("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".utf8)

    @Test(arguments: [Algorithm.hs256, .hs384, .hs512])
    func `is verified with the same secret, and with no other`(algorithm: Algorithm) throws {
        let key = try Key(secret: secret)
        let claims = JSONValue.object([
            .init("sub", .string("alice")), .init("exp", .number("2000")),
            .init("fanfare", .object([.init("subscribe", .array([.string("users/{user}/**")]))])),
        ])
        let text = try key.sign(claims, with: algorithm)
        let token = try KeySet([key]).verify(text, by: .lax, at: 1000)
        #expect(token.user == "alice")
        #expect(token.expiry == 2000)
        #expect(token.permissions == Permissions(subscribe: [try TopicPattern("users/alice/**")]))

        var other = secret
        other[0] ^= 1
        let error = #expect(throws: TokenError.self) {
            try KeySet([Key(secret: other)]).verify(text, by: .lax, at: 1000)
        }
        #expect(error?.code == .badSignature)
    }

    @Test func `needs a secret that nobody can guess`() throws {
        let error = #expect(throws: AuthorizationError.self) {
            try KeySet.read(Array("a password".utf8), name: "key.txt")
        }
        #expect(error?.code == .weak)
        #expect(error?.description.contains("key.txt has 10 bytes") == true)
        #expect(error?.description.contains("openssl rand") == true)
        #expect(try Key(secret: Array(secret[..<32])).algorithms == [.hs256])
        #expect(try Key(secret: Array(secret[..<48])).algorithms == [.hs256, .hs384])
    }

    @Test func `has the secret of a file without the end of its line`() throws {
        let token = try Key(secret: secret).sign(.object([.init("fanfare", .object([]))]))
        for end in ["", "\n", "\r\n"] {
            let keys = try KeySet.read(secret + Array(end.utf8), name: "key.txt")
            #expect(try KeySet(keys).verify(token, by: .lax, at: 0).permissions == Permissions())
        }
    }
}
