/// A token that was verified: who its bearer is, what they may do, until when, and whose word that is.
package struct Token: Sendable, Hashable {
    /// What it says.
    package let meaning: TokenMeaning
    /// The digest of the key that verified it (``Key/digest``).
    package let key: SHA256Digest

    /// The user (`sub`), if it names one.
    package var user: String? { meaning.user }
    /// From when on it is no longer good (`exp`), in seconds since 1970; nil if it is good for ever.
    package var expiry: Int? { meaning.expiry }
    /// Before when it is not good yet (`nbf`), in seconds since 1970.
    package var notBefore: Int? { meaning.notBefore }
    /// What its bearer may do.
    package var permissions: Permissions { meaning.permissions }

    /// Checks the times alone, for a token that was verified before.
    ///
    /// - Parameters:
    ///   - time: now, in seconds since 1970.
    ///   - leeway: by how many seconds clocks may differ.
    /// - Throws: `TokenError` of the code `.expired` or `.notYetValid`.
    package func check(at time: Int, leeway: Int) throws(TokenError) { try meaning.check(at: time, leeway: leeway) }
}
