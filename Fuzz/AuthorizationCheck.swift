// What must hold of tokens and keys for any bytes. The fuzzer and the tests share it, so it returns the fault that it
// found instead of stopping.

import Hub
import JSONText

#if !FUZZING
    @testable import Authorization
#endif

/// Takes the bytes for a token, for its parts and for keys; its keys are made once.
struct AuthorizationCheck {
    private let key: Key
    private let keys: KeySet
    /// What the keys hold on to, without the marks that say which kind it is: else who looks for leaks finds these.
    private let held: [AnyObject]
    private let rules = TokenRules(issuer: "i", audience: "a", leeway: 60)
    private let now = 1_800_000_000

    init() throws {
        key = try Key(secret: Array("a secret of sixty-four bytes that is known to everybody, so test".utf8))
        let publicKeys = try KeySet.read(
            Array(
                """
                {"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
                {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
                """.utf8), name: "FILE")
        keys = KeySet([key] + publicKeys)
        held = keys.keys.map { key in
            switch key.material {
            case .secret(let secret): secret
            case .pair(let pair): pair
            }
        }
    }

    /// What is wrong with how the bytes are taken; nil if nothing is.
    func fault(_ input: [UInt8]) -> String? {
        faultAsToken(input) ?? faultAsParts(input) ?? faultAsKeys(input) ?? faultAsBase64(input)
    }

    private func verify(_ token: [UInt8]) -> Result<Token, TokenError> {
        do throws(TokenError) {
            return .success(try keys.verify(token.span, by: rules, at: now))
        } catch {
            return .failure(error)
        }
    }

    /// Who cannot sign makes no token, whatever the bytes.
    private func faultAsToken(_ input: [UInt8]) -> String? {
        if case .success = verify(input), !isSigned(input) { return "a token was verified that nobody signed" }
        _ = try? UnverifiedToken(String(decoding: input, as: UTF8.self))
        return nil
    }

    /// Whether the bytes are what the secret signs them to be.
    private func isSigned(_ token: [UInt8]) -> Bool {
        guard let dot = token.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return key.algorithms.contains { algorithm in
            let code = (try? key.signature(of: Array(token[..<dot]), with: algorithm)) ?? []
            return Base64URL.encode(code).utf8.elementsEqual(token[(dot + 1)...])
        }
    }

    /// The bytes before the first line end are a header, those after it are claims; both are signed as they are.
    private func faultAsParts(_ input: [UInt8]) -> String? {
        let end = input.firstIndex(of: 0x0A) ?? input.endIndex
        let text = Base64URL.encode(input[..<end]) + "." + Base64URL.encode(input[end...].dropFirst())
        let code = (try? key.signature(of: Array(text.utf8), with: .hs256)) ?? []
        let token = Array((text + "." + Base64URL.encode(code)).utf8)
        let result = verify(token)
        guard verify(token) == result else { return "a token is judged in two ways" }
        guard case .success(let found) = result else { return nil }
        guard let claims = try? JSONValue(parsing: input[end...].dropFirst()) else { return "claims are no JSON" }
        guard claims["iss"] == .string("i"), found.user == claims["sub"]?.string else { return "claims are others" }
        if let expiry = found.expiry, expiry + 60 <= now { return "a token was good that had expired" }
        for pattern in found.permissions.publish + found.permissions.subscribe {
            guard (try? TopicPattern(pattern.text)) == pattern else { return "a permission is no pattern" }
            guard !pattern.isReserved || claims["fanfare"].map({ Self.holds("$", in: $0) }) == true else {
                return "a permission is for the hub's own topics, of which the token said nothing"
            }
        }
        guard case .failure = verify(token.dropLast()) else { return "a signature cut short was good" }
        return nil
    }

    private static func holds(_ start: String, in value: JSONValue) -> Bool {
        switch value {
        case .object(let members): members.contains { holds(start, in: $0.value) }
        case .array(let elements): elements.contains { holds(start, in: $0) }
        case .string(let text): text.utf8.starts(with: start.utf8)
        default: false
        }
    }

    /// Whatever is a key signs what it verifies.
    private func faultAsKeys(_ input: [UInt8]) -> String? {
        guard let found = try? KeySet.read(input, name: "FILE") else { return nil }
        guard !found.isEmpty, found.count <= KeySet.most else { return "a number of keys that there must not be" }
        for key in found where key.canSign {
            let signed = Array("signed".utf8)
            guard let signature = try? key.signature(of: signed, with: key.algorithms[0]) else {
                return "a key that can sign does not"
            }
            let isGood = signed.withUnsafeBufferPointer {
                key.verifies(signature, over: $0, with: key.algorithms[0])
            }
            guard isGood else { return "a key does not verify what it signed" }
        }
        return nil
    }

    private func faultAsBase64(_ input: [UInt8]) -> String? {
        guard Base64URL.decode(Base64URL.encode(input)) == input else { return "bytes do not come back" }
        guard let bytes = Base64URL.decode(input.span) else { return nil }
        return Base64URL.encode(bytes).utf8.elementsEqual(input) ? nil : "two texts are the same bytes"
    }
}
