import Authorization
import Fanfare
import HTTPClient
import JSONText
import Testing

@testable import FanfareCommand

private let secret = Array("a secret of sixty-four bytes that is known to everybody, so test".utf8)
private let now = 1_800_000_000

@Suite struct `A token to be made` {
    private var options: TokenOptions {
        var options = TokenOptions()
        options.keyFile = "FILE"
        options.subscribe = ["users/{user}/**", "news"]
        options.user = "alice"
        return options
    }

    private func make(_ options: TokenOptions, with keys: [Key]? = nil) throws(CommandError) -> String {
        let keys = keys ?? [try! Key(secret: secret)]
        return try TokenDraft(options).token(signedWith: keys, at: now)
    }

    @Test func `says what its options say`() throws {
        var options = options
        (options.publish, options.admin, options.expires) = (["chat/*"], true, .seconds(90))
        (options.issuer, options.audience, options.kid, options.algorithm) = ("i", "a", "k", .hs512)
        let token = try UnverifiedToken(make(options))
        #expect(token.header == (try JSONValue(parsing: #"{"alg":"HS512","typ":"JWT","kid":"k"}"#.utf8)))
        let claims = """
            {"iss":"i","aud":"a","sub":"alice","iat":1800000000,"exp":1800000090,
            "fanfare":{"publish":["chat/*"],"subscribe":["users/{user}/**","news"],"admin":true}}
            """
        #expect(token.claims == (try JSONValue(parsing: claims.utf8)))
    }

    @Test func `says nothing that was not asked for`() throws {
        var options = TokenOptions()
        options.admin = true
        let token = try UnverifiedToken(make(options))
        #expect(token.header == (try JSONValue(parsing: #"{"alg":"HS256","typ":"JWT"}"#.utf8)))
        #expect(token.claims == (try JSONValue(parsing: #"{"iat":1800000000,"fanfare":{"admin":true}}"#.utf8)))
    }

    @Test func `is refused with a word of what is wrong`() {
        func refuses(_ part: String, _ change: (inout TokenOptions) -> Void) {
            var options = options
            change(&options)
            let error = #expect(throws: CommandError.self) { try make(options) }
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
        refuses("a token for what?") { $0.subscribe = [] }
        refuses("{user} stands for the user's name") { $0.user = nil }
        refuses("this name cannot stand for {user}") { $0.user = "a/b" }
        refuses("this name cannot stand for {user}") { $0.user = "*" }
        refuses("--user: it is empty") { $0.user = "" }
        refuses("\"sub\" has to be a string of at most 1015 bytes") { $0.user = String(repeating: "u", count: 1016) }
        refuses("--publish: the topic \"a/**/b\"") { $0.publish = ["a/**/b"] }
        refuses("--subscribe: a topic is empty") { $0.subscribe = [""] }
        refuses("256 patterns each") { $0.subscribe = [String](repeating: "a", count: 257) }
        refuses("more than 8192 bytes") {
            $0.subscribe = [String](repeating: String(repeating: "a", count: 99), count: 99)
        }
        refuses("not for ES256") { $0.algorithm = .es256 }
    }

    @Test func `is signed with the key that is named`() throws {
        let keys = [try Key(secret: secret, id: "one"), try Key(secret: secret.reversed(), id: "two")]
        func kid(_ options: TokenOptions, _ keys: [Key]) throws -> String? {
            try UnverifiedToken(make(options, with: keys)).header["kid"]?.string
        }
        var options = options
        #expect(try kid(options, keys) == "one")
        options.kid = "two"
        #expect(try kid(options, keys) == "two")
        options.kid = "three"
        let error = #expect(throws: CommandError.self) { try kid(options, keys) }
        #expect(error?.message.contains("no key of the id") == true)
        #expect(try kid(options, keys + [Key(secret: secret)]) == "three")
    }

    @Test func `is not made with a public key`() throws {
        let text = """
            {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
            """
        let keys = try KeySet.read(Array(text.utf8), name: "FILE")
        let error = #expect(throws: CommandError.self) { try make(options, with: keys) }
        #expect(error?.message == "FILE has public keys only, which cannot sign; give the private key")
    }
}

@Suite struct `A token that is looked into` {
    private func report(_ claims: String) throws -> String {
        let text = try Key(secret: secret).sign(JSONValue(parsing: claims.utf8))
        return try TokenReport(text, at: now).text
    }

    @Test func `is shown as JSON and in words`() throws {
        let text = try report(
            #"{"sub":"alice","nbf":1800000060,"exp":1800086400,"fanfare":{"publish":["a/{user}"],"admin":true}}"#)
        #expect(
            text == """
                {"alg":"HS256","typ":"JWT"}
                {"sub":"alice","nbf":1800000060,"exp":1800086400,"fanfare":{"publish":["a/{user}"],"admin":true}}
                It is good from 2027-01-15T08:01:00Z on, in 1m.
                It ends at 2027-01-16T08:00:00Z, in 24h.
                Its user is "alice".
                It may publish to "a/alice".
                It may read nothing.
                It may administer the hub.

                """)
        #expect(try report(#"{"exp":1799999999,"fanfare":{}}"#).contains("It ended at 2027-01-15T07:59:59Z, 1s ago.\n"))
        #expect(try report(#"{"exp":1799740799,"fanfare":{}}"#).contains(", 3d ago.\n"))
        #expect(try report(#"{"fanfare":{"subscribe":["**"]}}"#).contains("It never ends.\nIt names no user.\n"))
    }

    @Test func `is shown also where no hub would accept it`() throws {
        let text = try report(#"{"sub":"alice","exp":"soon"}"#)
        #expect(text.contains(#"{"sub":"alice","exp":"soon"}"#))
        #expect(text.contains("No hub accepts it: \"exp\", \"nbf\" and \"iat\" in the token have to be numbers"))
        #expect(throws: CommandError.self) { try TokenReport("e30.e30", at: now) }
        #expect(throws: CommandError.self) { try TokenReport("e30.W10.", at: now) }
    }

    @Test func `never moves the cursor`() throws {
        let claims = "{\"sub\":\"\\u001b[2J\u{9B}2J\u{202E}\u{7F}\",\"fanfare\":{}}"
        let text = try report(claims)
        #expect(text.contains(#"\u001b[2J\u009b2J\u202e\u007f"#))
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F ~= $0.value) })
    }

    @Test func `shows its patterns as the rest, and on one line`() throws {
        let text = try report(
            "{\"sub\":\"a\u{2028}b\",\"fanfare\":{\"publish\":[\"x\u{2028}y\u{2029}\",\"a, b\"],\"subscribe\":[\"\u{202E}{user}\"]}}"
        )
        #expect(text.contains(#"It may publish to "x\u2028y\u2029", "a, b"."#))
        #expect(text.contains(#"It may read "\u202e{user}"."#))
        #expect(text.contains(#"Its user is "a\u2028b"."#))
        for scalar in ["\u{2028}", "\u{2029}", "\u{202E}"] { #expect(!text.contains(scalar)) }
    }

    @Test func `is judged as a hub does that is told nothing else`() {
        #expect(Configuration().tokenLeeway == .seconds(TokenOptions().rules.leeway))
        #expect(TokenOptions().rules == TokenRules(leeway: 10))
    }

    @Test func `is judged by keys and rules`() throws {
        let key = try Key(secret: secret)
        let text = try key.sign(JSONValue(parsing: #"{"aud":"hub","exp":1800000000,"fanfare":{}}"#.utf8))
        let rules = TokenRules(audience: "hub", leeway: TokenRules.usualLeeway)
        #expect(try TokenReport(text, at: now).verdict(of: [key], by: rules) == nil)
        #expect(try TokenReport(text, at: now + 9).verdict(of: [key], by: rules) == nil)
        #expect(try TokenReport(text, at: now + 10).verdict(of: [key], by: rules)?.code == .expired)
        #expect(
            try TokenReport(text, at: now).verdict(of: [key], by: TokenRules(audience: "x", leeway: 0))?.code
                == .wrongAudience)
        let other = try Key(secret: secret.reversed())
        #expect(try TokenReport(text, at: now).verdict(of: [other], by: rules)?.code == .badSignature)
    }
}

@Suite struct `A token that a command shows` {
    @Test func `goes with each request, as Bearer`() throws {
        let token = try HubToken(optionText: "e30.e30.AA")
        var publish = PublishOptions()
        publish.token = token
        var batch = PublishBatch(publish)
        batch.add("")
        #expect(batch.request.fields.contains(.init("Authorization", "Bearer e30.e30.AA")))
        var subscribe = SubscribeOptions()
        subscribe.token = token
        #expect(SubscribeSession(subscribe).request.fields.contains(.init("Authorization", "Bearer e30.e30.AA")))
        subscribe.token = nil
        #expect(!SubscribeSession(subscribe).request.fields.contains { $0.name == "Authorization" })

        let target = try BenchTarget(HubURL.local)
        var requests = try BenchRequests(target, token: token, run: 1, size: EventStamp.byteCount)
        let line = "\r\nAuthorization: Bearer e30.e30.AA\r\n"
        #expect(String(decoding: try requests.subscribe(toTopic: 1), as: UTF8.self).contains(line))
        #expect(String(decoding: try requests.publish(toTopic: 1, sentAt: 1), as: UTF8.self).contains(line))
        #expect(requests.subscribeFields(toTopic: 1).contains { $0 == ("authorization", "Bearer e30.e30.AA") })
    }

    @Test func `is never printed`() throws {
        let token = try HubToken(optionText: "e30.e30.AA")
        #expect("\(token)" == "a token")
        for text in ["", "mallory evil", "evil\r\nHost: x", "é"] {
            let error = #expect(throws: OptionValueError.self) { try HubToken(optionText: text) }
            #expect(error?.message.contains("evil") == false)
        }
        var options = PublishOptions()
        options.token = token
        #expect(!PublishOptions.table.help(defaults: options).contains("e30"))
    }

    @Test func `may stand in the environment, where the command line comes before it`() throws {
        let table = SubscribeOptions.table
        let settings = try table.settings(environment: ["FANFARE_TOKEN": "a.b.c"])
        #expect(try table.apply(settings, to: SubscribeOptions()).target.token == HubToken(optionText: "a.b.c"))
        let both = settings + (try table.parse(["--token", "d.e.f"]).settings)
        #expect(try table.apply(both, to: SubscribeOptions()).target.token == HubToken(optionText: "d.e.f"))
    }
}
