// Owns the words for why a token is refused. They are fixed: no byte of a token may ever be among them, since they go to
// whoever sent it and into logs.

/// Why a token is refused.
package struct TokenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of refusal it is; counters are named after it.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// It is no signed token in compact form.
        case malformed
        /// It has more bytes than any token needs.
        case tooLarge
        /// It is signed in a way that no key here is ever for, or not at all.
        case unsupportedAlgorithm
        /// The key that it names is not for its algorithm, or no key is.
        case wrongAlgorithm
        /// It names a key that is not here.
        case unknownKey
        /// It was signed by another key, or changed after.
        case badSignature
        /// Its time is over.
        case expired
        /// Its time has not come.
        case notYetValid
        /// It lacks a claim that is needed.
        case missingClaim
        /// A claim is not what it has to be.
        case badClaim
        /// Somebody else made it than who should.
        case wrongIssuer
        /// It is for somebody else.
        case wrongAudience
        /// It holds another token.
        case nested
        /// It is encrypted.
        case encrypted
        /// It asks for something to be understood that is not.
        case unknownCritical
        /// It is a token of another kind, for another purpose.
        case wrongType

        /// Whether it could be accepted, or refused for another reason, if the hub had other keys.
        package var dependsOnKeys: Bool {
            switch self {
            case .unknownKey, .wrongAlgorithm, .badSignature: true
            default: false
            }
        }
    }

    /// The kind.
    package let code: Code
    /// What is wrong and what to do, for whoever made the token; no trailing stop.
    package let message: String

    /// The message.
    package var description: String { message }

    private init(_ code: Code, _ message: StaticString) {
        self.code = code
        self.message = "\(message)"
    }
}

// MARK: - Form

extension TokenError {
    static let tooLarge = Self(
        .tooLarge, "the token has more than 8192 bytes; give it fewer claims, or patterns with wildcards")
    static let isNoToken = Self(
        .malformed,
        "the token is not a signed JWT: that is three parts of base64url with a dot between them (HEADER.CLAIMS.SIGNATURE)"
    )
    static let isJSON = Self(
        .malformed, "the token is in the JSON serialization of JWS; send it in the compact one, HEADER.CLAIMS.SIGNATURE"
    )
    static let isEncrypted = Self(
        .encrypted, "the token is encrypted (JWE), which is not supported; send a signed one (JWS)")
    static let headerIsNoBase64 = Self(
        .malformed, "the token's header is not base64url without padding and white space (RFC 7515 section 2)")
    static let claimsAreNoBase64 = Self(
        .malformed, "the token's claims are not base64url without padding and white space (RFC 7515 section 2)")
    static let signatureIsNoBase64 = Self(
        .malformed, "the token's signature is not base64url without padding and white space (RFC 7515 section 2)")
}

// MARK: - Header

extension TokenError {
    static let headerIsNoObject = Self(.malformed, "the token's header is not a JSON object")
    static let headerRepeats = Self(.malformed, "the token's header names a member twice")
    static let algorithmIsNoString = Self(
        .malformed, "the token's header has no string \"alg\" that names its algorithm")
    static let isUnsigned = Self(
        .unsupportedAlgorithm, "the token is not signed (its \"alg\" is \"none\"); sign it with the hub's key")
    static let unsupportedAlgorithm = Self(
        .unsupportedAlgorithm,
        "the token's \"alg\" is not one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, ES256, ES384 and EdDSA")
    static let isCritical = Self(
        .unknownCritical, "the token's header has \"crit\": the hub understands no extension that must be understood")
    static let isUnencoded = Self(
        .unknownCritical, "the token's header has \"b64\": claims that are not encoded (RFC 7797) are not supported")
    static let typeIsNoString = Self(.malformed, "the \"typ\" in the token's header is not a string")
    static let wrongType = Self(
        .wrongType, "the \"typ\" in the token's header is neither \"JWT\" nor \"at+jwt\"; is it a token for the hub?")
    static let contentTypeIsNoString = Self(.malformed, "the \"cty\" in the token's header is not a string")
    static let isNested = Self(
        .nested, "the token holds another token (its \"cty\" is \"JWT\"), which is not supported; send the inner one")
    static let badKeyID = Self(
        .malformed, "the \"kid\" in the token's header is not a string of at most 256 bytes")
}

// MARK: - Keys

extension TokenError {
    static let noKeys = Self(.unknownKey, "the hub has no key for tokens; its operator has to configure one")
    static let unknownKey = Self(
        .unknownKey,
        "the token names a key (\"kid\") that the hub does not have; was the key replaced, or the token made for another hub?"
    )
    static let unknownKeyAndNoNameless = Self(
        .unknownKey,
        "the token names a key (\"kid\") that the hub does not have, and none of the hub's keys that have no name verifies it; was the key replaced, or the token made for another hub?"
    )
    static let namedKeyIsForOther = Self(
        .wrongAlgorithm,
        "the key that the token names (\"kid\") is not for its \"alg\"; sign with the algorithm that the key is for")
    static let noKeyForAlgorithm = Self(
        .wrongAlgorithm, "the hub has no key that is for the token's \"alg\"; sign with an algorithm of the hub's key")
    static let badSignature = Self(
        .badSignature,
        "the token's signature is wrong: it was signed with another key than the hub's, or changed after")
    static let badSignatureOfFirst = Self(
        .badSignature,
        "the token's signature is wrong by the first 8 keys for its \"alg\"; name the key in the header, as \"kid\"")
}

// MARK: - Claims

extension TokenError {
    static let claimsAreNoObject = Self(.malformed, "the token's claims are not a JSON object")
    static let claimsRepeat = Self(.malformed, "the token's claims name a member twice")
    static let badTime = Self(
        .badClaim,
        "\"exp\", \"nbf\" and \"iat\" in the token have to be numbers of seconds since 1970, from 0 to 253402300799")
    static let expired = Self(.expired, "the token has expired (\"exp\"); get a new one, or is a clock wrong?")
    static let notYetValid = Self(
        .notYetValid, "the token is not valid yet (\"nbf\"); wait, or is a clock wrong?")
    static let badUser = Self(.badClaim, "the token's \"sub\" has to be a string of at most 1015 bytes")
    static let noIssuer = Self(
        .missingClaim, "the token has no \"iss\"; the hub takes tokens of one issuer only")
    static let badIssuer = Self(.badClaim, "the token's \"iss\" has to be a string")
    static let wrongIssuer = Self(
        .wrongIssuer, "the token's \"iss\" is not the issuer whose tokens the hub takes (--issuer)")
    static let noAudience = Self(
        .missingClaim, "the token has no \"aud\"; the hub takes tokens that are for it only")
    static let badAudience = Self(.badClaim, "the token's \"aud\" has to be a string or an array of strings")
    static let wrongAudience = Self(
        .wrongAudience, "the token's \"aud\" does not have the hub's audience (--audience): it is for somebody else")
    static let noFanfare = Self(
        .missingClaim,
        "the token has no claim \"fanfare\" that says what it allows, as {\"publish\":[\"chat/*\"],\"subscribe\":[\"users/{user}/**\"]}"
    )
    static let fanfareIsNoObject = Self(
        .badClaim,
        "the token's claim \"fanfare\" has to be an object, as {\"publish\":[\"chat/*\"],\"subscribe\":[\"users/{user}/**\"]}"
    )
    static let patternsAreNoArray = Self(
        .badClaim, "\"publish\" and \"subscribe\" in the token's \"fanfare\" have to be arrays of topic patterns")
    static let tooManyPatterns = Self(
        .badClaim, "\"publish\" and \"subscribe\" in the token's \"fanfare\" may have 256 patterns each; use wildcards")
    static let patternIsNone = Self(
        .badClaim,
        "\"publish\" or \"subscribe\" in the token's \"fanfare\" holds what is no topic pattern; \"**\" may only be its last segment"
    )
    static let adminIsNoBool = Self(.badClaim, "\"admin\" in the token's \"fanfare\" has to be true or false")
}
