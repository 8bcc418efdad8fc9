import Hub
import Testing

@testable import Authorization

@Suite struct `Permissions of a token` {
    private func permissions(_ fanfare: String, sub: String? = "alice") throws -> Permissions {
        var claims = #"{"iss":"https://issuer.example","aud":"hub","fanfare":\#(fanfare)}"#
        if let sub { claims = claims.dropLast() + #","sub":"\#(sub)"}"# }
        return try Sample.set.verify(Draft(claims: claims).text, by: Draft.rules, at: Draft.now).permissions
    }

    @Test func `are what its claim says`() throws {
        #expect(try permissions("{}") == Permissions())
        let all = try permissions(#"{"publish":["a/*","b"],"subscribe":["**"],"admin":true,"unknown":7}"#)
        #expect(all.publish == [try TopicPattern("a/*"), try TopicPattern("b")])
        #expect(all.subscribe == [try TopicPattern("**")])
        #expect(all.admin)
        #expect(try permissions(#"{"admin":false}"#).admin == false)
        let many = repeatElement(#""a""#, count: 256).joined(separator: ",")
        #expect(try permissions("{\"publish\":[\(many)]}").publish.count == 256)
    }

    @Test func `have the user's name in the place of a whole segment`() throws {
        func patterns(_ text: String) throws -> [String] {
            try permissions(#"{"subscribe":["\#(text)"]}"#).subscribe.map(\.text)
        }
        #expect(try patterns("users/{user}/**") == ["users/alice/**"])
        #expect(try patterns("{user}") == ["alice"])
        #expect(try patterns("a/{user}/b/{user}") == ["a/alice/b/alice"])
        // Only a segment stands for the name, not a part of one.
        #expect(try patterns("users/x{user}") == ["users/x{user}"])
        #expect(try patterns("users/{USER}") == ["users/{USER}"])
    }

    @Test(arguments: ["*", "**", "a/b", "/", #"a\u0007"#, #"\u0000"#, #"\u0085"#, #"\n"#])
    func `leave out what no name can stand in`(sub: String) throws {
        let found = try permissions(#"{"publish":["users/{user}","a"],"subscribe":["{user}/**"]}"#, sub: sub)
        #expect(found == Permissions(publish: [try TopicPattern("a")]))
    }

    @Test func `leave out the same without a user`() throws {
        let found = try permissions(#"{"publish":["users/{user}","a"],"subscribe":["{user}"]}"#, sub: nil)
        #expect(found == Permissions(publish: [try TopicPattern("a")]))
    }

    @Test func `never reach the hub's own topics by a user's name`() throws {
        let found = try permissions(
            #"{"publish":["{user}/connections","{user}"],"subscribe":["a/{user}"]}"#, sub: "$SYS")
        #expect(found == Permissions(subscribe: [try TopicPattern("a/$SYS")]))
    }

    @Test func `take a name for what it is, be it a place for one`() throws {
        let found = try permissions(#"{"subscribe":["{user}/{user}"]}"#, sub: "{user}")
        #expect(found.subscribe.map(\.text) == ["{user}/{user}"])
        #expect(try permissions(#"{"subscribe":["{user}"]}"#, sub: "*x").subscribe.map(\.text) == ["*x"])
    }

    @Test func `leave out a pattern that is too long with the name in it`() throws {
        let name = String(repeating: "n", count: InboxUser.longest)
        let found = try permissions(#"{"subscribe":["users/{user}/**","users/{user}/***"]}"#, sub: name)
        #expect(found.subscribe.map(\.text) == ["users/\(name)/**"])
    }
}

@Suite struct `A token` {
    private func verify(_ claims: String, at time: Int = Draft.now) throws(TokenError) -> Token {
        try Sample.set.verify(Draft(claims: claims).text, by: Draft.rules, at: time)
    }

    @Test func `is good until its exp, leeway added, and from its nbf on`() throws {
        let claims = Draft.claims(#""exp":1800000000,"nbf":1700000000,"iat":1600000000.5"#)
        let token = try verify(claims)
        #expect(token.expiry == 1_800_000_000)
        #expect(token.notBefore == 1_700_000_000)
        let expired = #expect(throws: TokenError.self) { try verify(claims, at: 1_800_000_060) }
        #expect(expired == .expired)
        _ = try verify(claims, at: 1_800_000_059)
        _ = try verify(claims, at: 1_699_999_940)
        let early = #expect(throws: TokenError.self) { try verify(claims, at: 1_699_999_939) }
        #expect(early == .notYetValid)

        // The same, once it was verified.
        try token.check(at: 1_799_999_999, leeway: 0)
        #expect(#expect(throws: TokenError.self) { try token.check(at: 1_800_000_000, leeway: 0) } == .expired)
        #expect(#expect(throws: TokenError.self) { try token.check(at: 1_699_999_999, leeway: 0) } == .notYetValid)
    }

    @Test(arguments: [
        ("1800003600", 1_800_003_600), ("1800003600.999", 1_800_003_600), ("1.8000036e9", 1_800_003_600),
        ("253402300799", 253_402_300_799), ("18000036000e-1", 1_800_003_600),
    ])
    func `has a time that may be written as numbers are`(text: String, seconds: Int) throws {
        #expect(try verify(Draft.claims("\"exp\":\(text)")).expiry == seconds)
    }

    @Test func `without times is good for ever`() throws {
        let token = try verify(Draft.fanfare("{}"), at: 0)
        #expect(token.expiry == nil && token.notBefore == nil)
        try token.check(at: .max, leeway: .max)
        try token.check(at: .min, leeway: .max)
    }

    @Test func `of nobody may have an empty sub, which no pattern has a place for`() throws {
        let token = try verify(
            #"{"iss":"https://issuer.example","aud":"hub","sub":"","fanfare":{"publish":["a"],"subscribe":["users/{user}","{user}"]}}"#
        )
        #expect(token.user == nil)
        #expect(token.permissions == Permissions(publish: [try TopicPattern("a")]))
    }

    @Test func `may be for several, and its audience counts only where one is wanted`() throws {
        let several = #"{"iss":"https://issuer.example","aud":["a","hub"],"fanfare":{}}"#
        #expect(try verify(several).user == nil)
        let another = #"{"iss":"whoever","aud":7,"fanfare":{}}"#
        _ = try Sample.set.verify(Draft(claims: another).text, by: .lax, at: 0)
    }

    @Test(arguments: [
        #"{"alg":"ES256"}"#, #"{"typ":"JWT","alg":"ES256","kid":"p256"}"#, #"{"typ":"jwt","alg":"ES256"}"#,
        #"{"typ":"at+jwt","alg":"ES256"}"#, #"{"typ":"application/AT+JWT","alg":"ES256"}"#,
        #"{"alg":"ES256","cty":"json","b64":true,"evil":{"alg":"none"}}"#, " {\"alg\" :\t\"ES256\"}\r\n",
    ])
    func `may have a header like these`(header: String) throws {
        #expect(
            try Sample.set.verify(Draft(header: header).text, by: Draft.rules, at: Draft.now).user == "alice")
    }
}

@Suite struct `A set of keys` {
    private static let claims = Draft.claims

    private func verify(_ text: String, with keys: [Key]) -> TokenError? {
        do throws(TokenError) {
            _ = try KeySet(keys).verify(text, by: Draft.rules, at: Draft.now)
            return nil
        } catch {
            return error
        }
    }

    @Test func `without keys says so`() {
        #expect(verify(Draft().text, with: []) == .noKeys)
    }

    @Test func `tries the keys of the token's kid, else those without one`() throws {
        let others = try (0..<3).map { _ in try KeySet.read(Array(Made(.p256).publicPEM.utf8), name: "FILE")[0] }
        let right = Sample.p256.verifier
        #expect(verify(Draft().text, with: others.map { $0.named("p256") } + [right]) == nil)
        #expect(verify(Draft().text, with: others.map { $0.named("other") } + [right.named(nil)]) == nil)
        #expect(verify(Draft().text, with: others.map { $0.named("p256") } + [right.named(nil)]) == .badSignature)
        #expect(verify(Draft().text, with: [right.named("other")]) == .unknownKey)
        // Without kid, the id of a key does not count.
        #expect(verify(Draft(header: #"{"alg":"ES256"}"#).text, with: others + [right.named("other")]) == nil)
        #expect(verify(Draft(header: #"{"alg":"RS256"}"#).text, with: others + [right]) == .noKeyForAlgorithm)
    }

    @Test func `says that it does not know a name, whatever its keys without one are for`() throws {
        let other = try KeySet.read(Array(Made(.p256).publicPEM.utf8), name: "FILE")[0]
        let named = other.named("other")
        #expect(verify(Draft().text, with: [other, named]) == .unknownKeyAndNoNameless)
        #expect(verify(Draft(.rsa).text, with: [other, named]) == .unknownKey)
        #expect(verify(Draft(.rsa).text, with: [named]) == .unknownKey)
        #expect(TokenError.unknownKeyAndNoNameless.code == .unknownKey)
        // One that has the name is not for it: other keys are not asked.
        #expect(
            verify(Draft(.rsa).text, with: [other.named("rsa"), Sample.rsa.verifier.named(nil)]) == .namedKeyIsForOther)
    }

    @Test func `would judge otherwise with other keys only where a key was wanting`() {
        let codes = TokenError.Code.allCases.filter(\.dependsOnKeys)
        #expect(codes == [.wrongAlgorithm, .unknownKey, .badSignature])
    }

    @Test(arguments: Sample.allCases)
    func `says with which key it verified a token, and whether it has that key`(sample: Sample) throws {
        let token = try Sample.set.verify(Draft(sample).text, by: Draft.rules, at: Draft.now)
        #expect(token.key == sample.key.digest)
        #expect(Sample.set.has(token.key))
        #expect(KeySet([sample.verifier.named("another name")]).has(token.key))
        #expect(!KeySet(Sample.allCases.filter { $0 != sample }.map(\.verifier)).has(token.key))
    }

    @Test func `tries at most eight keys`() throws {
        let other = try KeySet.read(Array(Made(.p256).publicPEM.utf8), name: "FILE")[0]
        let text = Draft(header: #"{"alg":"ES256"}"#).text
        let seven = [Key](repeating: other, count: 7)
        // Keys that are for other algorithms do not count.
        #expect(verify(text, with: seven + [Sample.rsa.verifier, Sample.p256.verifier]) == nil)
        #expect(verify(text, with: seven + [other, Sample.p256.verifier]) == .badSignatureOfFirst)
        #expect(verify(text, with: seven + [other]) == .badSignature)
    }

    @Test func `holds a key to the algorithm that it says it is for`() throws {
        let narrow = try KeySet.read(Array(a1PublicRSA.utf8), name: "FILE")[0]
        #expect(narrow.algorithms == [.rs256])
        let text = Draft(.rsa, header: #"{"alg":"PS256","kid":"2011-04-29"}"#, algorithm: .ps256).text
        #expect(verify(text, with: [narrow]) == .namedKeyIsForOther)
    }
}
