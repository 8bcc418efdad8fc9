// Owns the list of signatures that tokens may have. Must never hold "none", nor anything that a key is not needed for.

/// How a token is signed (RFC 7518 section 3.1, RFC 8037 section 3.1).
package enum Algorithm: String, Sendable, Hashable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case es256 = "ES256"
    case es384 = "ES384"
    /// With Ed25519 only.
    case edDSA = "EdDSA"

    /// The algorithm of that name, compared by its bytes; nil if there is none.
    init?(named name: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else { return nil }
        self = found
    }

    /// Whether it is RSA, in either of its two kinds.
    var isRSA: Bool { self == .rs256 || self == .rs384 || self == .rs512 || self == .ps256 }

    /// The fewest bytes of a secret: as many as its digest has (RFC 7518 section 3.2).
    var shortestSecret: Int {
        switch self {
        case .hs384: 48
        case .hs512: 64
        default: 32
        }
    }
}
