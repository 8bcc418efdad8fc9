// Owns the bytes of a secret, and what is computed with them. Must never hand them out, nor leave them in memory after.

internal import COpenSSL

/// A secret that the signers and the verifiers of tokens share.
final class Secret: @unchecked Sendable {
    // SAFETY: written in init only, wiped and freed in deinit only, read in between.
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ secret: ArraySlice<UInt8>) {
        bytes = .allocate(capacity: secret.count)
        _ = bytes.initialize(from: secret)
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    /// How many bytes it has.
    var count: Int { bytes.count }

    /// What it is known again by. It has at least 32 bytes that nobody can guess, so it cannot be found from this.
    var digest: SHA256Digest { SHA256Digest(UnsafeBufferPointer(bytes)) }

    /// The code that authenticates a text (RFC 2104); nil if OpenSSL has no memory for it.
    func code(for text: UnsafeBufferPointer<UInt8>, with algorithm: Algorithm) -> [UInt8]? {
        guard let digest = Digest.of(algorithm) else { return nil }
        var code = [UInt8](repeating: 0, count: algorithm.shortestSecret)
        var count: UInt32 = 0
        guard HMAC(digest, bytes.baseAddress, CInt(bytes.count), text.baseAddress, text.count, &code, &count) != nil,
            Int(count) == code.count
        else { return nil }
        return code
    }

    /// Whether a code authenticates a text. Takes as long wherever the two differ.
    func authenticates(
        _ text: UnsafeBufferPointer<UInt8>, by code: [UInt8], with algorithm: Algorithm
    ) -> Bool {
        guard code.count == algorithm.shortestSecret, let expected = self.code(for: text, with: algorithm) else {
            return false
        }
        return CRYPTO_memcmp(expected, code, expected.count) == 0
    }
}
