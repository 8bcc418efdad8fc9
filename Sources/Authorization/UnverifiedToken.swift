// Owns what a token says to whoever looks into it. Nothing of it may be believed: anybody can write a token.

internal import Hub
package import JSONText

/// A token taken apart, for showing it to a person.
package struct UnverifiedToken: Sendable {
    /// Its header, an object.
    package let header: JSONValue
    /// Its claims, an object.
    package let claims: JSONValue
    /// What it would mean if it were verified, its times not counted; else why it is refused whoever signed it.
    package let meaning: Result<TokenMeaning, TokenError>

    /// Takes a token apart.
    ///
    /// - Throws: `TokenError` of a code such as `.malformed` if header and claims are not to be had.
    package init(_ text: String) throws(TokenError) {
        let text = text.utf8.span
        let parts = try CompactToken.Parts(text)
        guard let header = Base64URL.decode(text.extracting(parts.header)) else { throw .headerIsNoBase64 }
        guard let claims = Base64URL.decode(text.extracting(parts.claims)) else { throw .claimsAreNoBase64 }
        guard let header = try? JSONValue(parsing: header), header.members != nil else { throw .headerIsNoObject }
        guard let claims = try? JSONValue(parsing: claims), claims.members != nil else { throw .claimsAreNoObject }
        self.header = header
        self.claims = claims
        do throws(TokenError) {
            meaning = .success(try TokenClaims(CompactToken(text).claims).meaning())
        } catch {
            meaning = .failure(error)
        }
    }
}
