// Owns what a key is and what it is for. The key decides which algorithms it is used with, and never a token: else a public
// key would do as the secret of HMAC.

/// A key that verifies tokens, and perhaps signs them.
package struct Key: Sendable {
    /// What kind of key it is, which decides what it is for.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case secret = "a secret"
        case rsa = "an RSA key"
        case p256 = "a P-256 key"
        case p384 = "a P-384 key"
        case ed25519 = "an Ed25519 key"
    }

    /// What kind of key it is.
    package let kind: Kind
    /// Its name (`kid`), if it has one.
    package let id: String?
    /// What it is for, the usual one first; never empty.
    package let algorithms: [Algorithm]
    /// What it is told from other keys by: the same key has the same whatever its name and wherever it was read.
    package let digest: SHA256Digest
    let material: Material

    /// What it computes with.
    enum Material: Sendable {
        case secret(Secret)
        case pair(KeyPair)
    }

    /// Takes a secret.
    ///
    /// - Throws: `AuthorizationError` of the code `.weak` if it is shorter than 32 bytes.
    package init(secret: [UInt8], id: String? = nil, name: String = "the secret") throws(AuthorizationError) {
        try self.init(secret: Secret(secret[...]), id: id, algorithm: nil, name: name)
    }

    /// Takes a secret that is for one algorithm only, or for all that it is long enough for.
    init(secret: Secret, id: String?, algorithm: Algorithm?, name: String) throws(AuthorizationError) {
        let possible: [Algorithm] = [.hs256, .hs384, .hs512].filter { secret.count >= $0.shortestSecret }
        guard !possible.isEmpty else {
            throw AuthorizationError(
                .weak,
                "\(name) has \(secret.count) bytes, which can be guessed: a secret needs at least 32; make one with: openssl rand -base64 48"
            )
        }
        kind = .secret
        self.id = id
        algorithms = try Self.narrow(possible, to: algorithm, name: name)
        digest = Self.digest(of: secret.digest, kind)
        material = .secret(secret)
    }

    /// Takes a key of OpenSSL's, for one algorithm only or for all of its kind.
    init(pair: KeyPair, id: String? = nil, algorithm: Algorithm? = nil, name: String) throws(AuthorizationError) {
        kind = try pair.kind(name: name)
        self.id = id
        let possible: [Algorithm] =
            switch kind {
            case .secret: []
            case .rsa: [.rs256, .rs384, .rs512, .ps256]
            case .p256: [.es256]
            case .p384: [.es384]
            case .ed25519: [.edDSA]
            }
        algorithms = try Self.narrow(possible, to: algorithm, name: name)
        digest = Self.digest(of: try pair.digest(), kind)
        material = .pair(pair)
        if pair.isPrivate, !pair.isOfOnePiece(algorithms[0]) { throw .inTwoPieces(name: name) }
    }

    private init(_ key: Key, id: String?) {
        kind = key.kind
        self.id = id
        algorithms = key.algorithms
        digest = key.digest
        material = key.material
    }

    /// With the kind: the bytes of a public key are not to be known again as a secret.
    private static func digest(of material: SHA256Digest, _ kind: Kind) -> SHA256Digest {
        SHA256Digest(Array(kind.rawValue.utf8) + material.bytes)
    }

    /// The same key by another name.
    package func named(_ id: String?) -> Key { Key(self, id: id) }

    private static func narrow(
        _ possible: [Algorithm], to algorithm: Algorithm?, name: String
    ) throws(AuthorizationError) -> [Algorithm] {
        guard let algorithm else { return possible }
        guard possible.contains(algorithm) else {
            throw AuthorizationError(
                .unsupported,
                "\(name) is said to be for \(algorithm.rawValue), which such a key is not for, or not long enough for")
        }
        return [algorithm]
    }

    /// Whether it can sign, and not only verify.
    package var canSign: Bool {
        switch material {
        case .secret: true
        case .pair(let pair): pair.isPrivate
        }
    }

    /// Whether a signature over a text is this key's.
    func verifies(_ signature: [UInt8], over text: UnsafeBufferPointer<UInt8>, with algorithm: Algorithm) -> Bool {
        guard algorithms.contains(algorithm) else { return false }
        switch material {
        case .secret(let secret): return secret.authenticates(text, by: signature, with: algorithm)
        case .pair(let pair): return pair.verifies(signature, over: text, with: algorithm)
        }
    }
}
