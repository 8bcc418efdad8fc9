import Testing

@testable import Authorization

/// A token that must be refused: what was done to it, and why it is refused.
struct Forgery: Sendable, CustomTestStringConvertible {
    let what: String
    let code: TokenError.Code
    let token: String
    var testDescription: String { what }

    init(_ what: String, _ code: TokenError.Code, _ token: String) {
        self.what = what
        self.code = code
        self.token = token
    }
}

@Suite struct `A forged token` {
    @Test(arguments: Sample.allCases)
    func `is one that is accepted, but for what was done to it`(sample: Sample) throws {
        #expect(try Sample.set.verify(Draft(sample).text, by: Draft.rules, at: Draft.now).user == "alice")
    }

    @Test(arguments: form + header + keys + signatures + claims + fanfare)
    func `is refused with the right reason`(forgery: Forgery) {
        let error = #expect(throws: TokenError.self) {
            try Sample.set.verify(forgery.token, by: Draft.rules, at: Draft.now)
        }
        #expect(error?.code == forgery.code, "\(error?.message ?? "")")
    }

    @Test func `is refused for each reason that there is, and is no other by another name`() {
        let all = Self.form + Self.header + Self.keys + Self.signatures + Self.claims + Self.fanfare
        #expect(Set(all.map(\.code)) == Set(TokenError.Code.allCases))
        #expect(Dictionary(grouping: all, by: \.token).values.filter { $0.count > 1 }.map { $0.map(\.what) } == [])
    }
}

// MARK: - Form

extension `A forged token` {
    private static let good = Draft(.p256).text
    private static let parts = good.split(separator: ".").map { String($0) }

    static let form = [
        Forgery("nothing", .malformed, ""),
        Forgery("a word", .malformed, "mallory"),
        Forgery("one part less", .malformed, parts[0] + "." + parts[1]),
        Forgery("two dots and nothing else", .malformed, ".."),
        Forgery("one part more", .malformed, good + ".e30"),
        Forgery("two parts more, as if encrypted", .encrypted, good + ".e30.e30"),
        Forgery("six parts", .malformed, good + ".e30.e30.e30"),
        Forgery("a space before", .malformed, " " + good),
        Forgery("the end of a line after", .malformed, good + "\n"),
        Forgery("a line break within", .malformed, parts[0] + ".\r\n" + parts[1] + "." + parts[2]),
        Forgery("a zero byte after", .malformed, good + "\0"),
        Forgery("Bearer before", .malformed, "Bearer " + good),
        Forgery("in quotes", .malformed, "\"" + good + "\""),
        Forgery("padding after the header", .malformed, parts[0] + "==." + parts[1] + "." + parts[2]),
        Forgery("padding after the claims", .malformed, parts[0] + "." + parts[1] + "=." + parts[2]),
        Forgery("padding after the signature", .malformed, good + "=="),
        Forgery("+ in base64url", .malformed, parts[0] + "." + parts[1] + ".+" + parts[2].dropFirst()),
        Forgery("/ in base64url", .malformed, parts[0] + "." + parts[1] + "./" + parts[2].dropFirst()),
        Forgery("a letter beyond ASCII", .malformed, parts[0] + "." + parts[1] + ".é" + parts[2]),
        Forgery("a length that base64url never has", .malformed, good + "AAA"),
        Forgery("loose bits at the signature's end", .malformed, loosened(good)),
        Forgery("loose bits at the header's end, signed so", .malformed, signedLoosely),
        Forgery("more than 8192 bytes", .tooLarge, String(repeating: "A", count: 8193)),
        Forgery("8192 bytes", .malformed, String(repeating: "A", count: 8192)),
        Forgery("a megabyte of dots", .tooLarge, String(repeating: ".", count: 1 << 20)),
        Forgery("a megabyte after the dots", .tooLarge, good + String(repeating: "A", count: 1 << 20)),
        Forgery(
            "the general JSON serialization", .malformed,
            #"{"payload":"\#(parts[1])","signatures":[{"protected":"\#(parts[0])","signature":"\#(parts[2])"}]}"#),
        Forgery(
            "the flattened JSON serialization", .malformed,
            #"{"payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])"}"#),
        Forgery("JSON with two dots in it", .malformed, #"{"payload":"a.b.c"}"#),
    ]

    private static var signedLoosely: String {
        // Of sixteen bytes, so that four bits are loose.
        let header = loosened(Base64URL.encode(#"{"alg":"ES256" }"#.utf8))
        let signed = header + "." + parts[1]
        return signed + "." + Base64URL.encode(try! Sample.p256.key.signature(of: Array(signed.utf8), with: .es256))
    }

    /// The same bytes by other letters: the last one's loose bits are set.
    private static func loosened(_ token: String) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        guard let last = token.last, let value = letters.firstIndex(of: last) else { return token }
        return token.dropLast() + String(letters[value | 1])
    }
}

// MARK: - Header

extension `A forged token` {
    private static func with(_ header: String) -> String { Draft(.p256, header: header).text }
    private static let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
    private static let longID = String(repeating: "k", count: 257)

    static let header = [
        Forgery("no header", .malformed, with("")),
        Forgery("a header that is no JSON", .malformed, with("mallory")),
        Forgery("a header that is an array", .malformed, with(#"["alg","ES256"]"#)),
        Forgery("a header that is a string", .malformed, with(#""ES256""#)),
        Forgery("a byte order mark", .malformed, with("\u{FEFF}" + #"{"alg":"ES256"}"#)),
        Forgery("two headers", .malformed, with(#"{"alg":"ES256"}{"alg":"ES256"}"#)),
        Forgery("a comma too many", .malformed, with(#"{"alg":"ES256",}"#)),
        Forgery("a header of 65 levels", .malformed, with(#"{"alg":"ES256","x":\#(deep)}"#)),
        Forgery("two alg", .malformed, with(#"{"alg":"ES256","alg":"none"}"#)),
        Forgery("two alg, the second escaped", .malformed, with(#"{"alg":"ES256","\u0061lg":"none"}"#)),
        Forgery("two kid", .malformed, with(#"{"alg":"ES256","kid":"p256","kid":"rsa"}"#)),
        Forgery("no alg", .malformed, with(#"{"kid":"p256"}"#)),
        Forgery("an alg in capitals", .malformed, with(#"{"ALG":"ES256"}"#)),
        Forgery("an alg that is a number", .malformed, with(#"{"alg":256}"#)),
        Forgery("an alg that is null", .malformed, with(#"{"alg":null}"#)),
        Forgery("an alg that is an array", .malformed, with(#"{"alg":["ES256"]}"#)),
        Forgery("alg none, and no signature", .unsupportedAlgorithm, unsigned(#"{"alg":"none"}"#)),
        Forgery("alg none, and no claims either", .unsupportedAlgorithm, "eyJhbGciOiJub25lIn0.."),
        Forgery("alg none, with a signature", .unsupportedAlgorithm, with(#"{"alg":"none"}"#)),
        Forgery("alg None", .unsupportedAlgorithm, unsigned(#"{"alg":"None"}"#)),
        Forgery("alg NONE", .unsupportedAlgorithm, unsigned(#"{"alg":"NONE","typ":"JWT"}"#)),
        Forgery("alg nOnE", .unsupportedAlgorithm, unsigned(#"{"alg":"nOnE"}"#)),
        Forgery("an empty alg", .unsupportedAlgorithm, unsigned(#"{"alg":""}"#)),
        Forgery("alg in small letters", .unsupportedAlgorithm, with(#"{"alg":"es256"}"#)),
        Forgery("alg with a space", .unsupportedAlgorithm, with(#"{"alg":"ES256 "}"#)),
        Forgery("alg with a zero", .unsupportedAlgorithm, with(#"{"alg":"ES256\u0000"}"#)),
        Forgery("alg ES512", .unsupportedAlgorithm, with(#"{"alg":"ES512"}"#)),
        Forgery("alg ES256K", .unsupportedAlgorithm, with(#"{"alg":"ES256K"}"#)),
        Forgery("alg PS512", .unsupportedAlgorithm, with(#"{"alg":"PS512"}"#)),
        Forgery("an alg for encryption", .unsupportedAlgorithm, with(#"{"alg":"dir","enc":"A128GCM"}"#)),
        Forgery("a crit that nobody knows", .unknownCritical, with(#"{"alg":"ES256","crit":["evil"],"evil":1}"#)),
        Forgery("an empty crit", .unknownCritical, with(#"{"alg":"ES256","crit":[]}"#)),
        Forgery("a crit that is null", .unknownCritical, with(#"{"alg":"ES256","crit":null}"#)),
        Forgery("crit b64", .unknownCritical, with(#"{"alg":"ES256","crit":["b64"],"b64":false}"#)),
        Forgery("b64 without crit", .unknownCritical, with(#"{"alg":"ES256","b64":false}"#)),
        Forgery("a typ that is a number", .malformed, with(#"{"alg":"ES256","typ":7}"#)),
        Forgery("a typ for logouts", .wrongType, with(#"{"alg":"ES256","typ":"logout+jwt"}"#)),
        Forgery("a typ for proofs", .wrongType, with(#"{"alg":"ES256","typ":"dpop+jwt"}"#)),
        Forgery("an empty typ", .wrongType, with(#"{"alg":"ES256","typ":""}"#)),
        Forgery("a typ with something before it", .wrongType, with(#"{"alg":"ES256","typ":"text/JWT"}"#)),
        Forgery("cty JWT", .nested, with(#"{"alg":"ES256","cty":"JWT"}"#)),
        Forgery("cty application/jwt", .nested, with(#"{"alg":"ES256","cty":"application/jwt"}"#)),
        Forgery("a cty that is a number", .malformed, with(#"{"alg":"ES256","cty":7}"#)),
        Forgery("a kid that is a number", .malformed, with(#"{"alg":"ES256","kid":7}"#)),
        Forgery("a kid of 257 bytes", .malformed, with(#"{"alg":"ES256","kid":"\#(longID)"}"#)),
        Forgery("a kid that is a path", .unknownKey, with(#"{"alg":"ES256","kid":"../../dev/null"}"#)),
        Forgery("a kid that is a query", .unknownKey, with(#"{"alg":"ES256","kid":"' OR 1=1 --"}"#)),
        Forgery("an empty kid", .unknownKey, with(#"{"alg":"ES256","kid":""}"#)),
        Forgery("a kid that begins as one", .unknownKey, with(#"{"alg":"ES256","kid":"p25"}"#)),
    ]

    private static func unsigned(_ header: String) -> String { Draft(.p256, header: header).with([]) }
}

// MARK: - Keys

extension `A forged token` {
    /// A token that somebody signs with what they know: a key of their own, or the text of a public key as a secret.
    private static func by(_ key: Key, _ header: String, _ algorithm: Algorithm) -> String {
        var draft = Draft(.p256, header: header, algorithm: algorithm)
        draft.signer = key
        return draft.text
    }

    /// A token of a key of the hub's whose header says something else.
    private static func said(_ sample: Sample, _ header: String, _ algorithm: Algorithm? = nil) -> String {
        Draft(sample, header: header, algorithm: algorithm).text
    }

    private static let mallory = try! KeySet.read(Array(Made(.p256).privatePEM().utf8), name: "FILE")[0]
    private static let publicText = try! Key(secret: Array(Sample.rsa.publicPEM.utf8))
    private static let trimmedText = try! Key(secret: Array(Sample.rsa.publicPEM.dropLast().utf8))
    private static let otherSecret = try! Key(secret: [UInt8](repeating: 0, count: 64))

    static let keys = [
        Forgery("HMAC with the public key", .wrongAlgorithm, by(publicText, #"{"alg":"HS256","kid":"rsa"}"#, .hs256)),
        Forgery("the same without kid", .badSignature, by(publicText, #"{"alg":"HS256"}"#, .hs256)),
        Forgery("the same without a line end", .badSignature, by(trimmedText, #"{"alg":"HS256"}"#, .hs256)),
        Forgery("the same with HS512", .badSignature, by(publicText, #"{"alg":"HS512"}"#, .hs512)),
        Forgery("HMAC with a secret of zeros", .badSignature, by(otherSecret, #"{"alg":"HS256"}"#, .hs256)),
        Forgery("another key by that kid", .badSignature, by(mallory, #"{"alg":"ES256","kid":"p256"}"#, .es256)),
        Forgery("another key without kid", .badSignature, by(mallory, #"{"alg":"ES256"}"#, .es256)),
        Forgery("another key by its own kid", .unknownKey, by(mallory, #"{"alg":"ES256","kid":"evil"}"#, .es256)),
        Forgery("a jwk in the header", .badSignature, by(mallory, #"{"alg":"ES256","jwk":\#(a1PublicEC)}"#, .es256)),
        Forgery("a jku", .badSignature, by(mallory, #"{"alg":"ES256","jku":"https://evil.example/"}"#, .es256)),
        Forgery("an x5u", .badSignature, by(mallory, #"{"alg":"ES256","x5u":"https://evil.example/"}"#, .es256)),
        Forgery("an x5c", .badSignature, by(mallory, #"{"alg":"ES256","x5c":["MIIB"]}"#, .es256)),
        Forgery("the key of another curve", .wrongAlgorithm, said(.p256, #"{"alg":"ES256","kid":"p384"}"#)),
        Forgery("RS256 with a P-256 key", .wrongAlgorithm, said(.rsa, #"{"alg":"RS256","kid":"p256"}"#)),
        Forgery("EdDSA with a P-256 key", .wrongAlgorithm, said(.ed25519, #"{"alg":"EdDSA","kid":"p256"}"#)),
        Forgery("ES256 with an Ed25519 key", .wrongAlgorithm, said(.p256, #"{"alg":"ES256","kid":"ed25519"}"#)),
        Forgery("ES256 with a secret", .wrongAlgorithm, said(.p256, #"{"alg":"ES256","kid":"secret"}"#)),
        Forgery("P-384 said to be ES256", .wrongAlgorithm, said(.p384, #"{"alg":"ES256","kid":"p384"}"#)),
        Forgery("P-384 said to be ES256, without kid", .badSignature, said(.p384, #"{"alg":"ES256"}"#)),
        Forgery("PS256 said to be RS256", .badSignature, said(.rsa, #"{"alg":"RS256"}"#, .ps256)),
        Forgery("RS256 said to be PS256", .badSignature, said(.rsa, #"{"alg":"PS256"}"#, .rs256)),
        Forgery("RS512 said to be RS256", .badSignature, said(.rsa, #"{"alg":"RS256"}"#, .rs512)),
        Forgery("HS512 said to be HS256", .badSignature, said(.secret, #"{"alg":"HS256"}"#, .hs512)),
    ]
}

// MARK: - Signatures

extension `A forged token` {
    /// A token whose signature is another one.
    private static func resigned(_ sample: Sample, _ change: ([UInt8]) -> [UInt8]) -> String {
        let draft = Draft(sample)
        return draft.with(change(draft.signature))
    }

    /// A token whose claims were changed after it was signed.
    private static func changed(_ sample: Sample) -> String {
        var draft = Draft(sample)
        let signature = draft.signature
        draft.claims = Array(Draft.claims(#""admin":true"#).utf8)
        return draft.with(signature)
    }

    /// A token whose header was changed after it was signed.
    private static var reheaded: String {
        var draft = Draft(.p256)
        let signature = draft.signature
        draft.header = Array(#"{"alg":"ES256"}"#.utf8)
        return draft.with(signature)
    }

    private static let zeros = [UInt8](repeating: 0, count: 32)
    /// How many points P-256 has: a number of a signature is smaller.
    private static let order = bytes("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
    /// The same of Ed25519, with the low byte first.
    private static let edwardsOrder = Array(
        bytes("1000000000000000000000000000000014DEF9DEA2F79CD65812631A5CF5D3ED").reversed())

    private static func bytes(_ digits: String) -> [UInt8] {
        var rest = digits[...]
        var bytes: [UInt8] = []
        while !rest.isEmpty {
            bytes.append(UInt8(rest.prefix(2), radix: 16)!)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    /// The sum of two numbers with their low byte first.
    private static func sum(_ one: ArraySlice<UInt8>, _ other: [UInt8]) -> [UInt8] {
        var carry = 0
        return zip(one, other).map { one, other in
            carry += Int(one) + Int(other)
            defer { carry >>= 8 }
            return UInt8(carry & 0xFF)
        }
    }

    static let signatures = [
        Forgery("no signature, ES256", .badSignature, resigned(.p256) { _ in [] }),
        Forgery("no signature, HS256", .badSignature, resigned(.secret) { _ in [] }),
        Forgery("no signature, RS256", .badSignature, resigned(.rsa) { _ in [] }),
        Forgery("no signature, EdDSA", .badSignature, resigned(.ed25519) { _ in [] }),
        Forgery("HMAC cut to 31 bytes", .badSignature, resigned(.secret) { Array($0.dropLast()) }),
        Forgery("HMAC cut to one byte", .badSignature, resigned(.secret) { Array($0.prefix(1)) }),
        Forgery("HMAC with a byte more", .badSignature, resigned(.secret) { $0 + [0] }),
        Forgery("ECDSA cut by a byte", .badSignature, resigned(.p256) { Array($0.dropLast()) }),
        Forgery("ECDSA cut by half", .badSignature, resigned(.p256) { Array($0.prefix(32)) }),
        Forgery("ECDSA with a byte more", .badSignature, resigned(.p256) { $0 + [0] }),
        Forgery("ECDSA with a zero before", .badSignature, resigned(.p256) { [0] + $0 }),
        Forgery("ECDSA in DER", .badSignature, resigned(.p256) { ECDSASignature.der($0, .es256)! }),
        Forgery("ECDSA of P-384 in DER", .badSignature, resigned(.p384) { ECDSASignature.der($0, .es384)! }),
        Forgery("ECDSA of zeros", .badSignature, resigned(.p256) { _ in zeros + zeros }),
        Forgery("ECDSA with r 0", .badSignature, resigned(.p256) { zeros + $0[32...] }),
        Forgery("ECDSA with s 0", .badSignature, resigned(.p256) { $0[..<32] + zeros }),
        Forgery("ECDSA with r the order", .badSignature, resigned(.p256) { order + $0[32...] }),
        Forgery("ECDSA with s the order", .badSignature, resigned(.p256) { $0[..<32] + order }),
        Forgery("ECDSA with both the order", .badSignature, resigned(.p256) { _ in order + order }),
        Forgery("ECDSA the wrong way round", .badSignature, resigned(.p256) { Array($0[32...]) + $0[..<32] }),
        Forgery("ECDSA of all ones", .badSignature, resigned(.p384) { $0.map { _ in 0xFF } }),
        Forgery("RSA of zeros", .badSignature, resigned(.rsa) { $0.map { _ in 0 } }),
        Forgery("RSA of one", .badSignature, resigned(.rsa) { $0.dropLast().map { _ in 0 } + [1] }),
        Forgery("RSA cut by a byte", .badSignature, resigned(.rsa) { Array($0.dropLast()) }),
        Forgery("RSA with a zero before", .badSignature, resigned(.rsa) { [0] + $0 }),
        Forgery("Ed25519 of zeros", .badSignature, resigned(.ed25519) { _ in zeros + zeros }),
        Forgery("Ed25519 cut by half", .badSignature, resigned(.ed25519) { Array($0.prefix(32)) }),
        Forgery(
            "Ed25519 with its number and the order", .badSignature,
            resigned(.ed25519) { $0[..<32] + sum($0[32...], edwardsOrder) }),
        Forgery("claims changed, HS256", .badSignature, changed(.secret)),
        Forgery("claims changed, RS256", .badSignature, changed(.rsa)),
        Forgery("claims changed, ES256", .badSignature, changed(.p256)),
        Forgery("claims changed, ES384", .badSignature, changed(.p384)),
        Forgery("claims changed, EdDSA", .badSignature, changed(.ed25519)),
        Forgery("header changed", .badSignature, reheaded),
        Forgery("another token's signature", .badSignature, resigned(.p256) { _ in Draft(claims: "{}").signature }),
    ]
}

// MARK: - Claims

extension `A forged token` {
    private static func saying(_ more: String) -> String { Draft(claims: Draft.claims(more)).text }
    private static func whole(_ claims: String) -> String { Draft(claims: claims).text }
    private static func from(_ iss: String) -> String { whole(#"{"iss":\#(iss),"aud":"hub","fanfare":{}}"#) }
    private static func to(_ aud: String) -> String { audience(#""aud":\#(aud),"#) }
    private static func audience(_ member: String) -> String {
        whole(#"{"iss":"https://issuer.example",\#(member)"fanfare":{}}"#)
    }
    private static func about(_ sub: String) -> String { audience(#""aud":"hub","sub":\#(sub),"#) }
    private static let long = String(repeating: "u", count: 1016)

    static let claims = [
        Forgery("no claims", .malformed, whole("")),
        Forgery("claims that are no JSON", .malformed, whole("mallory")),
        Forgery("claims that are an array", .malformed, whole("[\(Draft.claims)]")),
        Forgery("claims that are a string", .malformed, whole("\"alice\"")),
        Forgery("claims that are a token", .malformed, whole(Draft().text)),
        Forgery("two exp", .malformed, saying(#""exp":1800003600,"exp":1800003600"#)),
        Forgery("two exp, the second escaped", .malformed, saying(#""exp":1800003600,"\u0065xp":9"#)),
        Forgery("two sub", .malformed, saying(#""sub":"mallory""#)),
        Forgery("two fanfare", .malformed, saying(#""fanfare":{"admin":true}"#)),
        Forgery("exp in quotes", .badClaim, saying(#""exp":"1800003600""#)),
        Forgery("exp as a date", .badClaim, saying(#""exp":"2099-01-01""#)),
        Forgery("exp null", .badClaim, saying(#""exp":null"#)),
        Forgery("exp true", .badClaim, saying(#""exp":true"#)),
        Forgery("exp in an array", .badClaim, saying(#""exp":[1800003600]"#)),
        Forgery("exp in the year 10000", .badClaim, saying(#""exp":253402300800"#)),
        Forgery("exp in milliseconds", .badClaim, saying(#""exp":1800003600000"#)),
        Forgery("exp of 64 bits", .badClaim, saying(#""exp":9223372036854775807"#)),
        Forgery("exp of more than 64 bits", .badClaim, saying(#""exp":18446744073709551616"#)),
        Forgery("exp beyond all numbers", .badClaim, saying(#""exp":1e999"#)),
        Forgery("exp of 400 digits", .badClaim, saying("\"exp\":1\(String(repeating: "0", count: 400))")),
        Forgery("exp negative", .badClaim, saying(#""exp":-1"#)),
        Forgery("exp minus zero", .badClaim, saying(#""exp":-0"#)),
        Forgery("exp infinite", .malformed, saying(#""exp":Infinity"#)),
        Forgery("exp in hexadecimal", .malformed, saying(#""exp":0x7FFFFFFF"#)),
        Forgery("nbf in quotes", .badClaim, saying(#""nbf":"0""#)),
        Forgery("nbf beyond all numbers", .badClaim, saying(#""nbf":1e999"#)),
        Forgery("iat in quotes", .badClaim, saying(#""iat":"1700000000""#)),
        Forgery("iat negative", .badClaim, saying(#""iat":-5"#)),
        Forgery("expired long ago", .expired, saying(#""exp":1300819380"#)),
        Forgery("expired at zero", .expired, saying(#""exp":0"#)),
        Forgery("expired this second, leeway counted", .expired, saying(#""exp":1799999940"#)),
        Forgery("expired within this second", .expired, saying(#""exp":1799999940.999"#)),
        Forgery("not valid for an hour", .notYetValid, saying(#""nbf":1800003600"#)),
        Forgery("not valid for a part of a second", .notYetValid, saying(#""nbf":1800000060.001"#)),
        Forgery("no iss", .missingClaim, whole(#"{"aud":"hub","fanfare":{}}"#)),
        Forgery("another iss", .wrongIssuer, from(#""https://evil.example""#)),
        Forgery("iss with a slash more", .wrongIssuer, from(#""https://issuer.example/""#)),
        Forgery("iss in capitals", .wrongIssuer, from(#""HTTPS://ISSUER.EXAMPLE""#)),
        Forgery("iss in an array", .badClaim, from(#"["https://issuer.example"]"#)),
        Forgery("no aud", .missingClaim, audience("")),
        Forgery("another aud", .wrongAudience, to(#""evil""#)),
        Forgery("aud that begins as it", .wrongAudience, to(#""hub2""#)),
        Forgery("others as aud", .wrongAudience, to(#"["a","b"]"#)),
        Forgery("nobody as aud", .wrongAudience, to(#"[]"#)),
        Forgery("a number in aud", .badClaim, to(#"["hub",7]"#)),
        Forgery("aud as an object", .badClaim, to(#"{"hub":1}"#)),
        Forgery("sub as a number", .badClaim, about(#"7"#)),
        Forgery("sub of 1016 bytes", .badClaim, about(#""\#(long)""#)),
    ]
}

// MARK: - What it allows

extension `A forged token` {
    private static func allowing(_ fanfare: String) -> String { Draft(claims: Draft.fanfare(fanfare)).text }
    private static func patterns(_ count: Int) -> String { repeatElement(#""a""#, count: count).joined(separator: ",") }

    static let fanfare = [
        Forgery("no fanfare", .missingClaim, whole(#"{"iss":"https://issuer.example","aud":"hub"}"#)),
        Forgery(
            "fanfare by another name", .missingClaim,
            whole(#"{"iss":"https://issuer.example","aud":"hub","Fanfare":{}}"#)),
        Forgery("fanfare null", .badClaim, allowing("null")),
        Forgery("fanfare true", .badClaim, allowing("true")),
        Forgery("fanfare as text", .badClaim, allowing(#""{\"admin\":true}""#)),
        Forgery("fanfare as an array", .badClaim, allowing(#"[{"admin":true}]"#)),
        Forgery("two publish", .malformed, allowing(#"{"publish":[],"publish":["**"]}"#)),
        Forgery("two admin, the second escaped", .malformed, allowing(#"{"admin":false,"\u0061dmin":true}"#)),
        Forgery("publish as a string", .badClaim, allowing(#"{"publish":"**"}"#)),
        Forgery("publish as an object", .badClaim, allowing(#"{"publish":{"**":true}}"#)),
        Forgery("publish null", .badClaim, allowing(#"{"publish":null}"#)),
        Forgery("a number among patterns", .badClaim, allowing(#"{"publish":["a",7]}"#)),
        Forgery("a pattern that goes on after **", .badClaim, allowing(#"{"subscribe":["a/**/b"]}"#)),
        Forgery("an empty pattern", .badClaim, allowing(#"{"subscribe":[""]}"#)),
        Forgery("a control character in a pattern", .badClaim, allowing(#"{"subscribe":["a\u0007"]}"#)),
        Forgery("a pattern of 1025 bytes", .badClaim, allowing(#"{"subscribe":["\#(long)uuuuuuuuu"]}"#)),
        Forgery("257 patterns", .badClaim, allowing(#"{"subscribe":[\#(patterns(257))]}"#)),
        Forgery("admin as text", .badClaim, allowing(#"{"admin":"true"}"#)),
        Forgery("admin as a number", .badClaim, allowing(#"{"admin":1}"#)),
        Forgery("admin null", .badClaim, allowing(#"{"admin":null}"#)),
    ]
}
