// Owns what is read of a token's claims (RFC 7519 section 4.1). They are read after the signature was found to be good.
// Must never take a claim for something else than it is: a number in quotes is no number.

internal import Hub
internal import JSONText

/// What a token says.
struct TokenClaims {
    private let claims: JSONValue

    /// Reads claims.
    init(_ bytes: [UInt8]) throws(TokenError) {
        do throws(JSONTextError) {
            claims = try JSONValue(parsing: bytes)
        } catch {
            throw error.code == .duplicateMember ? .claimsRepeat : .claimsAreNoObject
        }
        guard case .object = claims else { throw .claimsAreNoObject }
    }

    /// What they mean, once they have passed the rules.
    func meaning(by rules: TokenRules, at time: Int) throws(TokenError) -> TokenMeaning {
        try checkIssuer(rules.issuer)
        try checkAudience(rules.audience)
        let meaning = try meaning()
        try meaning.check(at: time, leeway: rules.leeway)
        return meaning
    }

    /// What they mean, whoever made the token, for whom, and when.
    func meaning() throws(TokenError) -> TokenMeaning {
        let user = try user()
        let expiry = try time(of: "exp", rounded: .down)
        let notBefore = try time(of: "nbf", rounded: .up)
        _ = try time(of: "iat", rounded: .down)
        guard let fanfare = claims["fanfare"] else { throw .noFanfare }
        return TokenMeaning(
            user: user, expiry: expiry, notBefore: notBefore, permissions: try Permissions(claim: fanfare, user: user))
    }

    private func user() throws(TokenError) -> String? {
        guard let claim = claims["sub"] else { return nil }
        guard let user = claim.string, user.utf8.count <= InboxUser.longest else { throw .badUser }
        // Who has an empty name is nobody.
        return user.isEmpty ? nil : user
    }

    /// A NumericDate in whole seconds, fractions rounded so that the token is good for less time and not for more.
    private func time(of name: String, rounded rule: FloatingPointRoundingRule) throws(TokenError) -> Int? {
        guard let claim = claims[name] else { return nil }
        guard case .number(let text) = claim, !text.hasPrefix("-") else { throw .badTime }
        // The last second of the year 9999 is the last that people can write down.
        let times = 0...253_402_300_799
        if let seconds = Int(text), times ~= seconds { return seconds }
        guard let seconds = Double(text), Double(times.lowerBound)...Double(times.upperBound) ~= seconds else {
            throw .badTime
        }
        return Int(seconds.rounded(rule))
    }

    private func checkIssuer(_ issuer: String?) throws(TokenError) {
        guard let issuer else { return }
        guard let claim = claims["iss"] else { throw .noIssuer }
        guard let text = claim.string else { throw .badIssuer }
        guard text.hasBytes(of: issuer) else { throw .wrongIssuer }
    }

    private func checkAudience(_ audience: String?) throws(TokenError) {
        guard let audience else { return }
        guard let claim = claims["aud"] else { throw .noAudience }
        let texts = (claim.elements ?? [claim]).map(\.string)
        guard !texts.contains(nil) else { throw .badAudience }
        guard texts.contains(where: { $0?.hasBytes(of: audience) == true }) else { throw .wrongAudience }
    }
}
