// Owns what those are told who may not do what they asked for: which permission is missing, or what is wrong with the
// token. Must never show a token, nor any part of one.

package import Answers
package import Authorization
import HTTPMessage

extension Problem {
    /// 401: something is wrong with the token that came.
    ///
    /// - Parameters:
    ///   - kind: the stable name of what is wrong.
    ///   - detail: what to change.
    package init(unauthorized kind: String, _ detail: String) {
        self.init(.unauthorized, kind, detail)
        challenge = "Bearer realm=\"fanfare\", error=\"invalid_token\", error_description=\"\(Self.quotable(detail))\""
    }

    /// A text as it may stand between the quotes of a field's parameter (RFC 6750, section 3).
    private static func quotable(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 == 0x22 || $0 == 0x5C ? 0x27 : $0 }, as: UTF8.self)
    }

    /// What is wrong with a token.
    package init(_ error: TokenError) {
        self.init(unauthorized: error.code.kind, error.message)
    }

    /// 401: there is no token where one is needed.
    package static var tokenMissing: Problem {
        var problem = Problem(
            .unauthorized, "token-missing",
            "this needs a token: send it as \"Authorization: Bearer TOKEN\", as token= in the query, or in the cookie \(CarriedToken.cookie); 'fanfare help token' tells how to make one"
        )
        problem.challenge = "Bearer realm=\"fanfare\""
        return problem
    }

    /// The token is good, and does not allow this.
    package static func forbidden(_ detail: String) -> Problem {
        var problem = Problem(.forbidden, "not-permitted", detail)
        problem.challenge = "Bearer realm=\"fanfare\", error=\"insufficient_scope\""
        return problem
    }

    /// More tokens come than can be verified.
    package static var tooManyTokens: Problem {
        var problem = Problem(
            .serviceUnavailable, "busy", "too many requests with new tokens wait to be looked at: try again")
        problem.retryAfter = 5
        return problem
    }

    /// No key that is known verifies the token, and just now none could be fetched that may.
    package static var keysUnavailable: Problem {
        var problem = Problem(
            .serviceUnavailable, "keys-unavailable",
            "no key that the hub has verifies the token, and at present no others can be fetched (--jwks): try again, and if it stays so, see what key the token names: fanfare token --inspect -"
        )
        problem.retryAfter = 10
        return problem
    }
}

extension TokenError.Code {
    /// The stable name of what is wrong: the code in small letters, as `token-bad-signature`.
    package var kind: String {
        rawValue.reduce(into: "token-") { name, letter in
            if letter.isUppercase { name += "-" }
            name += letter.lowercased()
        }
    }
}
