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
}
