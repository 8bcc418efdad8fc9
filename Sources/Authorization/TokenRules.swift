/// What a token has to say besides being signed and in time.
package struct TokenRules: Sendable, Hashable {
    /// Who must have made it (`iss`); nil if that does not count.
    package var issuer: String?
    /// Whom it must be for (`aud`); nil if that does not count.
    package var audience: String?
    /// By how many seconds the clocks of its maker and of this machine may differ; never negative.
    package var leeway: Int

    /// The leeway of a hub that is told no other, in seconds.
    package static let usualLeeway = 10

    /// Makes rules.
    package init(issuer: String? = nil, audience: String? = nil, leeway: Int) {
        self.issuer = issuer
        self.audience = audience
        self.leeway = leeway
    }
}
