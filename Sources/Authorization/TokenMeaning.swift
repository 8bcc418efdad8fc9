/// What a token says, verified or not: who its bearer is, what they may do, and until when.
package struct TokenMeaning: Sendable, Hashable {
    /// The user (`sub`), if it names one.
    package let user: String?
    /// From when on it is no longer good (`exp`), in seconds since 1970; nil if it is good for ever.
    package let expiry: Int?
    /// Before when it is not good yet (`nbf`), in seconds since 1970.
    package let notBefore: Int?
    /// What its bearer may do.
    package let permissions: Permissions

    /// Checks the times.
    ///
    /// - Throws: `TokenError` of the code `.expired` or `.notYetValid`.
    func check(at time: Int, leeway: Int) throws(TokenError) {
        // Both lie within four digits of years, so that only the sums with what the caller gives could overflow.
        if let expiry, time.subtractingReportingOverflow(leeway).partialValue >= expiry { throw .expired }
        if let notBefore, time.addingReportingOverflow(leeway).partialValue < notBefore { throw .notYetValid }
    }
}
