import JSONText

@testable import Authorization

/// The keys that most tests sign with: one of each kind, made once.
enum Sample: String, CaseIterable, Sendable {
    case secret, rsa, p256, p384, ed25519

    /// The key as its owner has it, with its kind as its name.
    var key: Key { Self.keys[self]! }

    /// The same for who only verifies.
    var verifier: Key { Self.verifiers[self]! }

    /// The algorithm that is usual for it.
    var algorithm: Algorithm { key.algorithms[0] }

    /// The text of its public key, in PEM.
    var publicPEM: String { Self.made[self]!.publicPEM }

    /// All of them, for verifying.
    static let set = KeySet(Self.allCases.map(\.verifier))

    /// The bytes of the secret.
    static let secretBytes = Array("a secret of sixty-four bytes that is known to everybody, so test".utf8)

    nonisolated(unsafe) private static let made: [Sample: Made] = [
        .rsa: Made(.rsa), .p256: Made(.p256), .p384: Made(.p384), .ed25519: Made(.ed25519),
    ]

    private static let keys = named { $0.privatePEM() }
    private static let verifiers = named(\.publicPEM)

    private static func named(_ text: (Made) -> String) -> [Sample: Key] {
        var keys: [Sample: Key] = [:]
        for sample in Self.allCases {
            keys[sample] =
                sample == .secret
                ? try! Key(secret: secretBytes, id: sample.rawValue)
                : try! KeySet.read(Array(text(made[sample]!).utf8), name: "FILE")[0].named(sample.rawValue)
        }
        return keys
    }
}

extension TokenRules {
    /// Rules by which only the signature and the times count.
    static let lax = TokenRules(leeway: 60)
}

/// A token that is made piece by piece, so that any of them can be another one than it should be.
struct Draft {
    var header: [UInt8]
    var claims: [UInt8]
    var signer: Key
    var algorithm: Algorithm

    /// What `header` and `claims` are is written as it is.
    init(
        _ sample: Sample = .p256, header: String? = nil, claims: String = Self.claims, algorithm: Algorithm? = nil
    ) {
        self.algorithm = algorithm ?? sample.algorithm
        self.header = Array((header ?? #"{"alg":"\#(self.algorithm.rawValue)","kid":"\#(sample.rawValue)"}"#).utf8)
        self.claims = Array(claims.utf8)
        signer = sample.key
    }

    static let now = 1_800_000_000

    static let rules = TokenRules(issuer: "https://issuer.example", audience: "hub", leeway: 60)

    /// Claims that pass these rules.
    static let claims = claims(#""exp":1800003600"#)

    /// The same, with others in the place of `exp`.
    static func claims(_ more: String) -> String {
        #"{"iss":"https://issuer.example","aud":"hub","sub":"alice","fanfare":{"subscribe":["users/{user}/**"]},\#(more)}"#
    }

    /// Claims that pass but for what the claim `fanfare` is.
    static func fanfare(_ text: String) -> String {
        #"{"iss":"https://issuer.example","aud":"hub","sub":"alice","fanfare":\#(text)}"#
    }

    /// What is signed.
    var signed: String { Base64URL.encode(header) + "." + Base64URL.encode(claims) }

    var signature: [UInt8] { try! signer.signature(of: Array(signed.utf8), with: algorithm) }

    /// The token.
    var text: String { with(signature) }

    /// The token with another signature.
    func with(_ signature: [UInt8]) -> String { signed + "." + Base64URL.encode(signature) }
}
