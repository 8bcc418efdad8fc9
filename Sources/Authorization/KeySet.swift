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
        let (candidates, isCut) = try candidates(for: parts.header)
        let isSigned = token.extracting(first: parts.signedCount).withUnsafeBufferPointer { signed in
            candidates.contains { $0.verifies(parts.signature, over: signed, with: parts.header.algorithm) }
        }
        guard isSigned else { throw isCut ? .badSignatureOfFirst : .badSignature }
        return try TokenClaims(parts.claims).token(by: rules, at: time)
    }

    /// Verifies a token.
    package func verify(_ token: String, by rules: TokenRules, at time: Int) throws(TokenError) -> Token {
        try verify(token.utf8.span, by: rules, at: time)
    }

    /// The keys to try, and whether there would be more.
    private func candidates(for header: TokenHeader) throws(TokenError) -> (keys: [Key], isCut: Bool) {
        guard !keys.isEmpty else { throw .noKeys }
        var named = keys
        if let id = header.keyID {
            named = keys.filter { $0.id?.hasBytes(of: id) == true }
            if named.isEmpty { named = keys.filter { $0.id == nil } }
            if named.isEmpty { throw .unknownKey }
        }
        let fitting = named.filter { $0.algorithms.contains(header.algorithm) }
        guard !fitting.isEmpty else { throw header.keyID == nil ? .noKeyForAlgorithm : .namedKeyIsForOther }
        return (Array(fitting.prefix(Self.mostTries)), fitting.count > Self.mostTries)
    }
}
