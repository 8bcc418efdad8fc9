// Owns the words for why keys cannot be used. Must never show a key.

/// Why a key cannot be read, or cannot sign.
package struct AuthorizationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Code: Sendable, Hashable {
        /// What is there is no key.
        case malformed
        /// The key is protected by a passphrase or encrypted.
        case encrypted
        /// The key is too short or too weak to be safe.
        case weak
        /// The key is of a kind, or for a purpose, that tokens are not verified with.
        case unsupported
        /// The key cannot sign, or not with this algorithm.
        case cannotSign
        /// OpenSSL refused.
        case failed
    }

    /// The kind.
    package let code: Code
    /// What is wrong and what to do, for an operator; no trailing stop.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// OpenSSL has no memory, or was built without something that tokens need.
    static let noMemory = Self(.failed, "OpenSSL has no memory for a key, or lacks what keys for tokens need")

    static func tooMany(name: String) -> Self {
        Self(.malformed, "\(name) has more than \(KeySet.most) keys; remove those that sign nothing any more")
    }

    static func inTwoPieces(name: String) -> Self {
        Self(.malformed, "the private part of \(name) does not belong to its public one; make the key anew")
    }
}
