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
                "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
                {"kty":"RSA","e":"AQAB","n":"\(Self.modulus)"},{"kty":"RSA","e":"AQAB","n":"\(Self.modulus)","alg":"PS256"}]}
                """.utf8), name: "FILE")
        keys = KeySet([key] + publicKeys)
        held = keys.keys.map { key in
            switch key.material {
            case .secret(let secret): secret
            case .pair(let pair): pair
            }
        }
    }

    /// The modulus of the key of RSA (RFC 7517 A.1), which is for all its algorithms, and then for PS256 only.
    private static let modulus = """
        0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB\
        ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8\
        KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_\
        xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw
        """

    /// What is wrong with how the bytes are taken; nil if nothing is.
    func fault(_ input: [UInt8]) -> String? {
        faultAsToken(input) ?? faultAsParts(input) ?? faultAsKeys(input) ?? faultAsPublicKey(input)
            ?? faultAsBase64(input)
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
        guard claims["iss"] == .string("i"), found.user ?? "" == claims["sub"]?.string ?? "" else {
            return "claims are others"
        }
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

    /// Bytes with a public key within them are no secret, whatever stands around it and however it is written.
    private func faultAsPublicKey(_ input: [UInt8]) -> String? {
        guard let choice = input.first else { return nil }
        let rest = input.dropFirst()
        let place = rest.index(rest.startIndex, offsetBy: min(Int(choice) / spellings.count, rest.count))
        let text = rest[..<place] + spellings[Int(choice) % spellings.count] + rest[place...]
        // In JSON it may stand beside a secret that is said to be one.
        if (try? JSONValue(parsing: text)) == nil, Self.isSecret(Array(text)) { return "a public key is a secret" }
        let declared = #"{"kty":"oct","k":"\#(Base64URL.encode(text))"}"#
        return Self.isSecret(Array(declared.utf8)) ? "a public key is a secret where it is said to be one" : nil
    }

    private static func isSecret(_ text: [UInt8]) -> Bool {
        ((try? KeySet.read(text, name: "FILE")) ?? []).contains { $0.kind == .secret }
    }

    /// A key of each kind as a SubjectPublicKeyInfo, in a few of the ways in which that is written.
    private let spellings: [[UInt8]] = {
        let keys: [[UInt8]] = [
            bytes("302a300506032b6570032100") + decoded("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
            bytes("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
                + decoded("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
                + decoded("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
            bytes("30820122300d06092a864886f70d01010105000382010f003082010a0282010100") + decoded(modulus)
                + bytes("0203010001"),
            bytes("3082010a0282010100") + decoded(modulus) + bytes("0203010001"),
        ]
        return keys.flatMap(spellings)
    }()

    private static func spellings(_ key: [UInt8]) -> [[UInt8]] {
        let text = Base64URL.encode(key)
        let body = text.replacing("-", with: "+").replacing("_", with: "/")
        let starts = stride(from: 0, to: body.utf8.count, by: 64)
        let lines = starts.map { String(body.dropFirst($0).prefix(64)) }.joined(separator: "\n")
        let digits = key.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let texts = [
            text, body + "==", lines, digits, Base64URL.encode(text.utf8),
            "----BEGIN PUBLIC KEY-----\n\(lines)\n-----END PUBLIC KEY-----\n",
        ]
        return [key, body.utf8.flatMap { [$0, 0] }] + texts.map { Array($0.utf8) }
    }

    private static func decoded(_ text: String) -> [UInt8] { Base64URL.decode(text) ?? [] }

    private static func bytes(_ digits: String) -> [UInt8] {
        stride(from: 0, to: digits.utf8.count, by: 2).compactMap { UInt8(digits.dropFirst($0).prefix(2), radix: 16) }
    }

    private func faultAsBase64(_ input: [UInt8]) -> String? {
        guard Base64URL.decode(Base64URL.encode(input)) == input else { return "bytes do not come back" }
        guard let bytes = Base64URL.decode(input.span) else { return nil }
        return Base64URL.encode(bytes).utf8.elementsEqual(input) ? nil : "two texts are the same bytes"
    }
}
