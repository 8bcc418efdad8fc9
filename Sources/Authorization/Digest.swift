// Owns OpenSSL's digests. Looking one up takes a lock that all threads share, and a quarter of a microsecond, so each is
// looked up once.

internal import COpenSSL

/// The digests that tokens are signed with.
enum Digest {
    // SAFETY: made once, never freed, and counted by OpenSSL under its own lock; nil if OpenSSL was built without it.
    nonisolated(unsafe) private static let sha256 = EVP_MD_fetch(nil, "SHA256", nil)
    nonisolated(unsafe) private static let sha384 = EVP_MD_fetch(nil, "SHA384", nil)
    nonisolated(unsafe) private static let sha512 = EVP_MD_fetch(nil, "SHA512", nil)

    /// The digest of an algorithm; nil for one that has its own within it.
    static func of(_ algorithm: Algorithm) -> OpaquePointer? {
        switch algorithm {
        case .hs256, .rs256, .ps256, .es256: sha256
        case .hs384, .rs384, .es384: sha384
        case .hs512, .rs512: sha512
        case .edDSA: nil
        }
    }
}
