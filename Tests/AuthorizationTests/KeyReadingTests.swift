import JSONText
import SeededRandomness
import Testing

@testable import Authorization

@Suite struct `Keys` {
    private static let claims = JSONValue.object([.init("fanfare", .object([]))])

    private func read(_ text: String) throws(AuthorizationError) -> [Key] {
        try KeySet.read(Array(text.utf8), name: "FILE")
    }

    private func refuses(
        _ text: String, _ code: AuthorizationError.Code, _ part: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: AuthorizationError.self, sourceLocation: sourceLocation) { try read(text) }
        #expect(error?.code == code, sourceLocation: sourceLocation)
        #expect(
            error?.description.contains(part) == true, "\(error?.description ?? "no error")",
            sourceLocation: sourceLocation)
    }

    static let kinds: [(Made.Kind, Key.Kind, [Algorithm])] = [
        (.rsa, .rsa, [.rs256, .rs384, .rs512, .ps256]), (.p256, .p256, [.es256]), (.p384, .p384, [.es384]),
        (.ed25519, .ed25519, [.edDSA]),
    ]

    @Test(arguments: kinds)
    func `in PEM may be private, public, or in a certificate`(
        made: Made.Kind, kind: Key.Kind, algorithms: [Algorithm]
    ) throws {
        let sample = Made(made)
        let privateKey = try read(sample.privatePEM())[0]
        #expect(privateKey.kind == kind)
        #expect(privateKey.algorithms == algorithms)
        #expect(privateKey.canSign)
        for text in [sample.publicPEM, "Subject: somebody\n\n" + sample.certificatePEM] {
            let publicKey = try read(text)[0]
            #expect(publicKey.kind == kind)
            #expect(!publicKey.canSign)
            for algorithm in algorithms {
                let token = try privateKey.sign(Self.claims, with: algorithm)
                _ = try KeySet([publicKey]).verify(token, by: .lax, at: 0)
                let error = #expect(throws: AuthorizationError.self) {
                    try publicKey.sign(Self.claims, with: algorithm)
                }
                #expect(error?.code == .cannotSign)
            }
        }
    }

    @Test func `of a chain of certificates are the first one's only`() throws {
        let chain = [Made(.p256), Made(.rsa), Made(.p256)]
        let certificates = chain.map(\.certificatePEM).joined(separator: "\n")
        let first = try read(chain[0].publicPEM)[0].digest
        #expect(try read(certificates).map(\.digest) == [first])
        // Keys that are no certificates count wherever they stand.
        let other = Made(.ed25519).publicPEM
        #expect(try read(certificates + other).map(\.digest) == [first, read(other)[0].digest])
        #expect(try read(other + certificates).map(\.digest) == [read(other)[0].digest, first])
    }

    @Test(arguments: kinds)
    func `are the same however they are written, and whatever they are called`(
        made: Made.Kind, kind: Key.Kind, algorithms: [Algorithm]
    ) throws {
        let sample = Made(made)
        let texts =
            [sample.publicPEM, sample.privatePEM(), sample.certificatePEM]
            + (sample.isOfCurve ? [sample.curvePEM(compressed: true), sample.curvePEM(explicit: true)] : [])
        let digest = try read(texts[0])[0].named("k").digest
        #expect(Set(texts).count == texts.count)
        for text in texts { #expect(try read(text)[0].digest == digest, "\(text)") }
        #expect(try read(Made(made).publicPEM)[0].digest != digest)
        // The same bytes as a secret are another key.
        let secret = try Key(secret: sample.publicDER)
        #expect(try Key(secret: sample.publicDER).digest == secret.digest)
        #expect(try Key(secret: sample.publicDER + [UInt8](repeating: 0, count: 1)).digest != secret.digest)
        #expect(secret.digest != digest)
    }

    @Test func `in JSON and in PEM are the same`() throws {
        let sample = Made(.p256)
        let (x, y) = (Base64URL.encode(sample.point[1...32]), Base64URL.encode(sample.point[33...]))
        let jwk = #"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)","kid":"k"}"#
        #expect(try read(jwk)[0].digest == read(sample.publicPEM)[0].digest)
        #expect(try read(a1PublicRSA)[0].digest == read(a2PrivateRSA)[0].digest)
    }

    @Test(arguments: [Made.Kind.rsa, .p256])
    func `may have the form that was usual before`(kind: Made.Kind) throws {
        #expect(try read(Made(kind).traditionalPEM())[0].canSign)
        refuses(Made(kind).traditionalPEM(passphrase: "hello"), .encrypted, "openssl pkey -in FILE")
    }

    @Test func `may stand in one file, in their order`() throws {
        let text = Made(.p256).publicPEM + "\nanother:\n" + Made(.ed25519).privatePEM() + Made(.rsa).certificatePEM
        #expect(try read(text).map(\.kind) == [.p256, .ed25519, .rsa])
        let many = String(repeating: Made(.ed25519).publicPEM, count: 65)
        refuses(many, .malformed, "more than 64 keys")
    }

    @Test func `behind a passphrase are refused, and nobody is asked for it`() {
        refuses(Made(.ed25519).privatePEM(passphrase: "hello"), .encrypted, "protected by a passphrase")
    }

    @Test func `that are weak, or for something else, are refused`() {
        refuses(Made(.smallRSA).publicPEM, .weak, "RSA of 1024 bits")
        refuses(Made(.pssRSA).publicPEM, .unsupported, "none of RSA, P-256, P-384 and Ed25519")
        refuses(Made(.ed448).publicPEM, .unsupported, "none of RSA, P-256, P-384 and Ed25519")
        refuses(Made(.p521).publicPEM, .unsupported, "another curve than P-256 and P-384")
        refuses(Made(.secp256k1).publicPEM, .unsupported, "another curve than P-256 and P-384")
    }

    @Test func `in PEM that is damaged are refused`() {
        let text = Made(.p256).publicPEM
        refuses(String(text.dropLast(30)), .malformed, "a line is missing or damaged")
        refuses(text.replacing("PUBLIC KEY", with: "PRIVATE KEY"), .malformed, "cannot be read")
        refuses("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", .malformed, "no key")
        refuses("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", .malformed, "")
        refuses("-----BEGIN ", .malformed, "no key")
    }

    @Test(arguments: [Made.Kind.p256, .p384])
    func `on curves are read from JSON`(kind: Made.Kind) throws {
        let sample = Made(kind)
        let size = sample.point.count / 2
        let (x, y) = (sample.point[1...size], sample.point[(1 + size)...])
        func jwk(_ x: some Sequence<UInt8>, _ y: some Sequence<UInt8>, _ more: String = "") -> String {
            let curve = kind == .p256 ? "P-256" : "P-384"
            return
                #"{"kty":"EC","crv":"\#(curve)","x":"\#(Base64URL.encode(x))","y":"\#(Base64URL.encode(y))"\#(more)}"#
        }
        let key = try read(jwk(x, y, #","kid":"k","use":"sig","key_ops":["verify"]"#))[0]
        #expect(key.id == "k")
        let token = try read(sample.privatePEM())[0].sign(Self.claims)
        _ = try KeySet([key]).verify(token, by: .lax, at: 0)

        refuses(jwk(x, x), .malformed, "not on its curve")
        refuses(jwk(repeatElement(0, count: size), repeatElement(0, count: size)), .malformed, "not on its curve")
        refuses(jwk(x.dropLast(), y), .malformed, "the \(size) bytes of its curve")
        refuses(jwk([0] + x, y), .malformed, "the \(size) bytes of its curve")
        refuses(jwk(x, y, #","d":"\#(Base64URL.encode(x))""#), .malformed, "does not belong to its public one")
        refuses(jwk(x, y, #","alg":"EdDSA""#), .unsupported, "is said to be for EdDSA")
        refuses(jwk(x, y, #","alg":"ECDH-ES""#), .unsupported, "that tokens are not verified with")
        refuses(jwk(x, y, #","use":"enc""#), .unsupported, "not for signatures")
        refuses(jwk(x, y, #","key_ops":["deriveKey"]"#), .unsupported, "not for signatures")
        refuses(jwk(x, y, #","kid":7"#), .malformed, "\"kid\" of the key in FILE is not a string")
        refuses(jwk(x, y, #","crv":"P-256""#), .malformed, "appears twice")
    }

    @Test func `of RSA that anybody could forge with are refused`() {
        func jwk(_ modulus: [UInt8], _ exponent: [UInt8]) -> String {
            #"{"kty":"RSA","n":"\#(Base64URL.encode(modulus))","e":"\#(Base64URL.encode(exponent))"}"#
        }
        let odd = [UInt8](repeating: 0xFF, count: 256)
        refuses(jwk(odd, [1]), .weak, "numbers that no sound key has")
        refuses(jwk(odd, [1, 0, 0]), .weak, "numbers that no sound key has")
        refuses(jwk(odd, odd), .weak, "numbers that no sound key has")
        refuses(jwk(odd.dropLast() + [0xFE], [1, 0, 1]), .weak, "numbers that no sound key has")
        refuses(jwk([UInt8](repeating: 0xFF, count: 255), [1, 0, 1]), .weak, "RSA of 2040 bits")
        refuses(jwk([UInt8](repeating: 0xFF, count: 1025), [1, 0, 1]), .unsupported, "RSA of 8200 bits")
        refuses(jwk([UInt8](repeating: 0xFF, count: 9000), [1, 0, 1]), .unsupported, "more than 8192 bits")
        refuses(jwk([], [1, 0, 1]), .weak, "RSA of 0 bits")
        refuses(#"{"kty":"RSA","e":"AQAB"}"#, .malformed, "has no \"n\"")
        refuses(a2Key.dropLast() + #","oth":"x"}"#, .unsupported, "two primes")
        refuses(a2Key.replacing(#""n":"ofgW"#, with: #""n":"ofgX"#), .malformed, "does not belong")
        refuses(a2Key.replacing(#""dp":"#, with: #""dP":"#), .malformed, "has no \"dp\"")
    }

    @Test func `of RSA without their primes sign too`() throws {
        let json = try JSONValue(parsing: a2Key.utf8)
        let short = JSONValue.object((json.members ?? []).filter { ["kty", "n", "e", "d"].contains($0.name) })
        var writer = JSONWriter()
        writer.value(short)
        let token = try read(writer.finishText())[0].sign(Self.claims, with: .ps256)
        _ = try KeySet(read(a2Key)).verify(token, by: .lax, at: 0)
    }

    @Test func `of Ed25519 in two pieces are refused`() {
        refuses(
            #"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"21qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            .malformed, "does not belong to its public one")
        refuses(#"{"kty":"OKP","crv":"X25519","x":"AAAA"}"#, .unsupported, "than Ed25519")
    }

    /// The points whose order divides 8, each with both signs of x, and written as they must not be.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        // These are not small, but are written as numbers that do not end below the prime.
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func `of Ed25519 with which anybody could sign are refused`(digits: String) throws {
        let point = stride(from: 0, to: 64, by: 2).map { UInt8(digits.dropFirst($0).prefix(2), radix: 16)! }
        refuses(
            #"{"kty":"OKP","crv":"Ed25519","x":"\#(Base64URL.encode(point))"}"#, .weak, "anybody could sign with it")
        let der: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00] + point
        let body = Base64URL.encode(der).replacing("-", with: "+").replacing("_", with: "/") + "="
        refuses("-----BEGIN PUBLIC KEY-----\n\(body)\n-----END PUBLIC KEY-----\n", .weak, "anybody could sign with it")
    }

    @Test func `of a set that are not understood are passed over`() throws {
        let strange = #"{"kty":"dilithium"}"#
        #expect(try read("{\"keys\":[\(strange),7,\(a1PublicRSA)]}").map(\.id) == ["2011-04-29"])
        refuses("{\"keys\":[\(strange),7]}", .unsupported, "key 1 of FILE is of a \"kty\" other than")
        refuses("{\"keys\":[]}", .malformed, "a set of no keys")
        refuses("{\"keys\":7}", .malformed, "not an array")
        refuses("{\"keys\":[\(repeatElement(a1Key, count: 65).joined(separator: ","))]}", .malformed, "more than 64")
        #expect(try read("{\"keys\":[\(repeatElement(a1Key, count: 64).joined(separator: ","))]}").count == 64)
    }

    @Test func `in JSON that is damaged are refused, and not taken for secrets`() {
        let text = "{\"keys\":[\(a1PublicRSA)]}"
        refuses(String(text.dropLast()), .malformed, "a fault at byte")
        refuses("  \n" + text.dropLast(), .malformed, "a fault at byte")
        refuses("\u{FEFF}" + text, .malformed, "a fault at byte 0")
        refuses("[\(a1PublicRSA)]", .malformed, "neither a key nor a set of keys")
        refuses("{}", .malformed, "no \"kty\"")
        refuses(#"{"protected":"e30","ciphertext":"AAAA"}"#, .encrypted, "is encrypted")
        refuses(#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr"}"#, .malformed, "not base64url")
        refuses(#"{"kty":"oct","k":"AyM1"}"#, .weak, "has 3 bytes")
        refuses(
            a1Key.dropLast() + #","alg":"RS256"}"#, .unsupported, "is said to be for RS256, which such a key is not for"
        )
    }

    @Test(arguments: [Made.Kind.rsa, .p256, .p384, .ed25519])
    func `that others would know are not taken for secrets, however they are written`(kind: Made.Kind) throws {
        for (spelling, bytes) in Spellings(Made(kind)).all {
            var (found, reason): ([Key], AuthorizationError?) = ([], nil)
            do throws(AuthorizationError) {
                found = try KeySet.read(bytes, name: "FILE")
            } catch {
                reason = error
            }
            #expect(!found.contains { $0.kind == .secret }, "\(spelling)")
            #expect(reason != nil, "\(spelling)")
            #expect(reason?.code != .weak, "\(spelling): \(reason?.description ?? "")")
        }
    }

    @Test func `in a form that is not read are refused with what to do`() throws {
        func refuses(_ bytes: [UInt8], _ part: String, sourceLocation: SourceLocation = #_sourceLocation) {
            let error = #expect(throws: AuthorizationError.self, sourceLocation: sourceLocation) {
                try KeySet.read(bytes, name: "FILE")
            }
            #expect(
                error?.description.contains(part) == true, "\(error?.description ?? "no error")",
                sourceLocation: sourceLocation)
        }
        let spellings = Spellings(Made(.p256))
        refuses(spellings.der, "openssl pkey -inform DER")
        refuses(Array(spellings.body.utf8), "put -----BEGIN PUBLIC KEY-----")
        refuses(Array(spellings.hexadecimal.utf8), "xxd -r -p FILE")
        refuses(Array(spellings.jwk.utf16).flatMap { [UInt8($0), 0] }, "iconv -f UTF-16")
        refuses(
            Array("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxvbmcgZW5vdWdoIHRvIGJlIGEgc2VjcmV0 me@here".utf8), "ssh-keygen"
        )
        refuses(Array("key: \(spellings.jwk)".utf8), "begin with its {")
        refuses(
            Array(Made(.p256).publicPEM.dropFirst().utf8), "its first line has to be like -----BEGIN PUBLIC KEY-----")
        refuses(Array("one line that is long enough for a secret\nand another".utf8), "more than one line")
        refuses(Array("one line that is long enough for a secret\u{B}and another".utf8), "more than one line")
        refuses(Array("\u{FEFF}one line that is long enough for a secret".utf8), "byte order mark")
        refuses(Array("\"one line that is long enough for a secret\"".utf8), "has quotes or a \"<\"")
        refuses(Array("'one line that is long enough for a secret'".utf8), "has quotes or a \"<\"")
        refuses(Array("<h1>Sign in to see the keys of this tenant</h1>".utf8), "has quotes or a \"<\"")
        refuses(Array("https://issuer.example/.well-known/jwks.json".utf8), "--jwks URL")
        refuses([UInt8](repeating: 0, count: 40), "one byte again and again")
        refuses(Array(String(repeating: "x", count: 40).utf8), "one byte again and again")
        refuses(Array((0..<103).map { "a long word: \($0)" }.joined().utf8), "more bytes than a secret, 1024")
        refuses(Array(Draft(.p256).text.utf8), "is a token")
    }

    @Test func `as JSON that declares a secret are no others either`() throws {
        func jwk(_ secret: [UInt8]) -> String { #"{"kty":"oct","k":"\#(Base64URL.encode(secret))"}"# }
        let sample = Made(.p256)
        refuses(jwk(Array(sample.publicPEM.utf8)), .unsupported, "the \"k\" of the key in FILE looks like a key")
        refuses(jwk(sample.publicDER), .unsupported, "in the form of DER")
        refuses(jwk(Array(Spellings(sample).body.utf8)), .unsupported, "in the form of PEM without")
        refuses(jwk([UInt8](repeating: 7, count: 64)), .weak, "one byte again and again")
        refuses(jwk((0..<1025).map { UInt8($0 & 0xFF) }), .unsupported, "more bytes than a secret")
        // Of several lines: here somebody says that it is one.
        #expect(try read(jwk(Array("two lines of text that are\nmeant to be a secret".utf8)))[0].kind == .secret)
    }

    @Test func `may be a secret of random bytes, or of a line of words`() throws {
        var random = SeededGenerator(seed: 14)
        for _ in 0..<30 {
            let count = Int.random(in: 32...100, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Their last byte is not to be a line end, which would not count.
            #expect(throws: Never.self, "\(bytes)") { try KeySet.read(bytes + [0xFF], name: "FILE") }
            let text = Base64URL.encode(bytes)
            #expect(try read(text + "\n")[0].kind == .secret, "\(text)")
            let digits = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            #expect(try read(digits)[0].kind == .secret, "\(digits)")
        }
        for words in [
            "correct horse battery staple, and a fifth word",
            "it's a line of words with signs: !#$%&()*+,-./;=>?@[]^_{|}~",
            "grüße aus köln, wo der rhein am dom vorbeifließt", "ключ, которого никто не знает",
            "\tbegin: public key, ssh and kty, as words\t",
        ] {
            #expect(throws: Never.self, "\(words)") { try read(words) }
            #expect(try read(words + "\r\n")[0].digest == read(words)[0].digest)
        }
        // They begin as DER or as JSON does, and are neither.
        let bytes = SHA256Digest([0]).bytes
        #expect(try KeySet.read([0x30, 0x82, 1] + bytes, name: "FILE")[0].kind == .secret)
        #expect(try KeySet.read([0x7B, 0xFF] + bytes, name: "FILE")[0].kind == .secret)
    }

    @Test func `of a megabyte and more are refused`() {
        refuses(String(repeating: "x", count: (1 << 20) + 1), .malformed, "over 1 MiB")
    }
}
