import Hub
import JSONText
import Testing

@testable import Authorization

/// The examples of RFC 7515 (JWS), RFC 7517 (JWK), RFC 7519 (JWT) and RFC 8037 (Ed25519).
@Suite struct `The standards' examples` {
    /// The claims of most examples: they allow nothing here, so that a good signature shows in what is missed after it.
    private static let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        let key: String
        let header: String
        let signature: String
        /// Whether each signing gives the same signature.
        let isRepeatable: Bool
        var testDescription: String { name }
        var token: String { header + "." + claims + "." + signature }
    }

    static let examples = [
        Example(
            name: "RFC 7515 A.1, HS256", key: a1Key, header: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            signature: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", isRepeatable: true),
        Example(
            name: "RFC 7515 A.2, RS256", key: a2Key, header: "eyJhbGciOiJSUzI1NiJ9", signature: a2Signature,
            isRepeatable: true),
        Example(
            name: "RFC 7515 A.3, ES256", key: a3Key, header: "eyJhbGciOiJFUzI1NiJ9", signature: a3Signature,
            isRepeatable: false),
    ]

    @Test(arguments: examples)
    func `are verified`(example: Example) throws {
        let keys = try KeySet.read(Array(example.key.utf8), name: "FILE")
        let error = #expect(throws: TokenError.self) {
            try KeySet(keys).verify(example.token, by: .lax, at: 1_300_000_000)
        }
        #expect(error == .noFanfare)

        // The same with a claim more is not what was signed.
        let parts = example.token.split(separator: ".")
        let other = Base64URL.encode(#"{"iss":"joe","fanfare":{}}"#.utf8)
        let changed = #expect(throws: TokenError.self) {
            try KeySet(keys).verify("\(parts[0]).\(other).\(parts[2])", by: .lax, at: 1_300_000_000)
        }
        #expect(changed == .badSignature)
    }

    @Test(arguments: examples)
    func `are signed again`(example: Example) throws {
        let key = try KeySet.read(Array(example.key.utf8), name: "FILE")[0]
        let signed = Array((example.header + "." + Self.claims).utf8)
        let signature = try key.signature(of: signed, with: key.algorithms[0])
        #expect((Base64URL.encode(signature) == example.signature) == example.isRepeatable)
        #expect(signed.withUnsafeBufferPointer { key.verifies(signature, over: $0, with: key.algorithms[0]) })
    }

    @Test func `that are out of time are refused for it`() throws {
        let claims = #"{"iss":"joe","exp":1300819380,"fanfare":{}}"#
        let key = try KeySet.read(Array(a1Key.utf8), name: "FILE")[0]
        let token = try key.sign(JSONValue(parsing: claims.utf8))
        #expect(try KeySet([key]).verify(token, by: TokenRules(leeway: 0), at: 1_300_819_379).expiry == 1_300_819_380)
        let error = #expect(throws: TokenError.self) {
            try KeySet([key]).verify(token, by: TokenRules(leeway: 0), at: 1_300_819_380)
        }
        #expect(error == .expired)
    }

    @Test func `with P-521 are not for the hub (RFC 7515 A.4)`() throws {
        let error = #expect(throws: AuthorizationError.self) { try KeySet.read(Array(a4Key.utf8), name: "FILE") }
        #expect(error?.code == .unsupported)
        expectRefusal(of: a4Token, .unsupportedAlgorithm)
    }

    @Test func `without a signature are refused (RFC 7515 A.5, RFC 7519 6.1)`() {
        expectRefusal(of: "eyJhbGciOiJub25lIn0." + Self.claims + ".", .unsupportedAlgorithm)
    }

    @Test func `in the JSON serializations are refused (RFC 7515 A.6 and A.7)`() {
        let general = """
            {"payload":"\(Self.claims)","signatures":[
            {"protected":"eyJhbGciOiJSUzI1NiJ9","header":{"kid":"2010-12-29"},"signature":"\(a2Signature)"},
            {"protected":"eyJhbGciOiJFUzI1NiJ9","header":{"kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},
            "signature":"\(a3Signature)"}]}
            """
        let flattened = """
            {"payload":"\(Self.claims)","protected":"eyJhbGciOiJFUzI1NiJ9",
            "header":{"kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},"signature":"\(a3Signature)"}
            """
        for text in [general, flattened] {
            let error = #expect(throws: TokenError.self) {
                try Sample.set.verify(text, by: .lax, at: 1_300_000_000)
            }
            #expect(error == .isJSON)
        }
    }

    @Test func `that are encrypted are refused, also with a token within (RFC 7519 A.1 and A.2)`() {
        expectRefusal(of: encryptedToken, .encrypted)
        expectRefusal(of: nestedToken, .encrypted)
    }

    @Test func `of sets of keys are read, those for encryption passed over (RFC 7517 A.1 to A.3)`() throws {
        let publicKeys = try KeySet.read(Array("{\"keys\":[\(a1PublicEC),\(a1PublicRSA)]}".utf8), name: "FILE")
        #expect(publicKeys.map(\.kind) == [.rsa])
        #expect(publicKeys[0].id == "2011-04-29")
        #expect(publicKeys[0].algorithms == [.rs256])
        #expect(!publicKeys[0].canSign)

        // Reading a private key signs and verifies with it, so all its numbers are right.
        let privateKeys = try KeySet.read(Array("{\"keys\":[\(a2PrivateEC),\(a2PrivateRSA)]}".utf8), name: "FILE")
        #expect(privateKeys.map(\.kind) == [.rsa])
        #expect(privateKeys[0].canSign)
        let token = try privateKeys[0].sign(JSONValue(parsing: #"{"fanfare":{}}"#.utf8))
        #expect(try KeySet(publicKeys).verify(token, by: .lax, at: 0).permissions == Permissions())

        // The key on a curve is for encryption only by what it says: its numbers are sound too.
        let forSigning = a2PrivateEC.replacing("\"enc\"", with: "\"sig\"")
        #expect(try KeySet.read(Array(forSigning.utf8), name: "FILE")[0].kind == .p256)

        let secrets = try KeySet.read(
            Array(
                """
                {"keys":[{"kty":"oct","alg":"A128KW","k":"GawgguFyGrWKav7AX4VKUg"},
                {"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
                "kid":"HMAC key used in JWS spec Appendix A.1 example"}]}
                """.utf8), name: "FILE")
        #expect(secrets.map(\.id) == ["HMAC key used in JWS spec Appendix A.1 example"])
        #expect(secrets[0].algorithms == [.hs256, .hs384, .hs512])
    }

    @Test func `of a key with a certificate are read by their numbers (RFC 7517 B)`() throws {
        let key = try KeySet.read(Array(bKey.utf8), name: "FILE")[0]
        #expect(key.id == "1b94c")
        #expect(key.algorithms == [.rs256, .rs384, .rs512, .ps256])
    }

    @Test func `of an encrypted key are refused (RFC 7517 C)`() {
        // Its parts as the standard has them, the long ciphertext cut: nothing of it is ever decrypted.
        let text =
            "eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJwMnMiOiIyV0NUY0paMVJ2ZF9DSnVKcmlwUTF3IiwicDJjIjo0MDk2LCJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiY3R5IjoiandrK2pzb24ifQ.TrqXOwuNUfDV9VPTNbyGvEJ9JMjefAVn-TR1uIxR9p6hsRQh9Tk7BA.Ye9j1qs22DmRSAddIh-VnA.AwhB8lxrlKjFn02LGWEqg27H4Tg9fyZAbFv3p5ZicHpj64QyHC44qqlZ3JEmnZTg.0HFmhOzsQ98nNWJjIHkR7A"
        for end in ["", "\n"] {
            let error = #expect(throws: AuthorizationError.self) {
                try KeySet.read(Array((text + end).utf8), name: "FILE")
            }
            #expect(error?.code == .encrypted)
        }
    }

    @Test func `of Ed25519 are read, signed and verified (RFC 8037 A.1 to A.5)`() throws {
        let x = #""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#
        let privateKey = try KeySet.read(
            Array(#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",\#(x)}"#.utf8),
            name: "FILE")[0]
        let publicKey = try KeySet.read(Array(#"{"kty":"OKP","crv":"Ed25519",\#(x)}"#.utf8), name: "FILE")[0]
        #expect(privateKey.algorithms == [.edDSA])
        #expect(privateKey.canSign && !publicKey.canSign)

        // A.3, the thumbprint of the key, is not used here.
        let signed = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
        let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        #expect(Base64URL.encode(try privateKey.signature(of: signed, with: .edDSA)) == signature)
        let bytes = try #require(Base64URL.decode(signature))
        #expect(signed.withUnsafeBufferPointer { publicKey.verifies(bytes, over: $0, with: .edDSA) })
        #expect(signed.dropLast().withUnsafeBufferPointer { !publicKey.verifies(bytes, over: $0, with: .edDSA) })
    }

    private func expectRefusal(of token: String, _ code: TokenError.Code) {
        let error = #expect(throws: TokenError.self) {
            try Sample.set.verify(token, by: .lax, at: 1_300_000_000)
        }
        #expect(error?.code == code)
    }
}
