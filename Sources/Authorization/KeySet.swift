// Owns which key a token is checked with. The token may name one of these keys, and nothing more.

internal import Hub

/// Keys that verify tokens; it never changes, so that a new set takes the place of an old one at once.
package struct KeySet: Sendable {
    /// The keys, in the order in which they are tried.
    package let keys: [Key]

    /// The most keys of one file or answer.
    package static let most = 64

    /// The most keys that are tried for one token.
    static let mostTries = 8

    /// Makes a set; with no keys it verifies nothing.
    package init(_ keys: [Key]) { self.keys = keys }

    /// Verifies a token: its form, its signature, then what it says.
    ///
    /// - Parameters:
    ///   - token: a JWT in compact form, without anything before or after it.
    ///   - rules: what it has to say.
    ///   - time: now, in seconds since 1970.
    /// - Throws: `TokenError` that says what is wrong, and shows nothing of the token.
    package func verify(_ token: Span<UInt8>, by rules: TokenRules, at time: Int) throws(TokenError) -> Token {
        let parts = try CompactToken(token)
        let candidates = try candidates(for: parts.header)
        let signer = token.extracting(first: parts.signedCount).withUnsafeBufferPointer { signed in
            candidates.keys.first { $0.verifies(parts.signature, over: signed, with: parts.header.algorithm) }
        }
        guard let signer else { throw candidates.failure }
        return Token(meaning: try TokenClaims(parts.claims).meaning(by: rules, at: time), key: signer.digest)
    }

    /// Verifies a token.
    package func verify(_ token: String, by rules: TokenRules, at time: Int) throws(TokenError) -> Token {
        try verify(token.utf8.span, by: rules, at: time)
    }

    /// Whether it has the key of a digest, so that what was verified with that key still counts.
    package func has(_ key: SHA256Digest) -> Bool { keys.contains { $0.digest == key } }

    /// The keys to try, and what is wrong if none of them verifies the token.
    private func candidates(for header: TokenHeader) throws(TokenError) -> (keys: ArraySlice<Key>, failure: TokenError)
    {
        guard !keys.isEmpty else { throw .noKeys }
        let algorithm = header.algorithm
        guard let id = header.keyID else {
            let fitting = keys.filter { $0.algorithms.contains(algorithm) }
            guard !fitting.isEmpty else { throw .noKeyForAlgorithm }
            return (fitting.prefix(Self.mostTries), Self.failure(of: fitting))
        }
        let named = keys.filter { $0.id?.hasBytes(of: id) == true }
        if !named.isEmpty {
            let fitting = named.filter { $0.algorithms.contains(algorithm) }
            guard !fitting.isEmpty else { throw .namedKeyIsForOther }
            return (fitting.prefix(Self.mostTries), Self.failure(of: fitting))
        }
        // It may be the name that others know a key by that has none here. If it is not, then a name was not found,
        // whatever those keys are for.
        let nameless = keys.filter { $0.id == nil && $0.algorithms.contains(algorithm) }
        return (nameless.prefix(Self.mostTries), nameless.isEmpty ? .unknownKey : .unknownKeyAndNoNameless)
    }

    private static func failure(of fitting: [Key]) -> TokenError {
        fitting.count > mostTries ? .badSignatureOfFirst : .badSignature
    }
}
