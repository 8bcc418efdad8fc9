// Owns a key of OpenSSL's, public or with its private part. Must never hand the private part out, and leaves no error in
// OpenSSL's queue: the next call on the thread would be blamed for it.

internal import COpenSSL

/// A key by which signatures are verified, and made if it has its private part.
final class KeyPair: @unchecked Sendable {
    // SAFETY: never changed once made, and freed by the last who holds it; OpenSSL guards what it works out later.
    private let key: OpaquePointer
    /// Whether it can sign.
    let isPrivate: Bool

    /// Takes a key over.
    init(owning key: OpaquePointer, isPrivate: Bool) {
        self.key = key
        self.isPrivate = isPrivate
    }

    deinit { EVP_PKEY_free(key) }

    /// Whether a signature over a text is this key's.
    func verifies(_ signature: [UInt8], over text: UnsafeBufferPointer<UInt8>, with algorithm: Algorithm) -> Bool {
        guard
            let signature = ECDSASignature.size(algorithm) == nil ? signature : ECDSASignature.der(signature, algorithm)
        else { return false }
        defer { fanfare_forget_errors() }
        // RSA's is as long as the modulus (RFC 8017 sections 8.1.2 and 8.2.2), which OpenSSL asks for in one of its two
        // kinds only: without a zero at its beginning, the number would still be the same.
        guard !algorithm.isRSA || signature.count == Int(EVP_PKEY_get_size(key)) else { return false }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        var choices: OpaquePointer?
        guard EVP_DigestVerifyInit(context, &choices, Digest.of(algorithm), nil, key) == 1,
            Self.prepare(choices, for: algorithm)
        else { return false }
        return EVP_DigestVerify(context, signature, signature.count, text.baseAddress, text.count) == 1
    }

    /// The signature of a text; nil if OpenSSL refuses.
    func signature(of text: UnsafeBufferPointer<UInt8>, with algorithm: Algorithm) -> [UInt8]? {
        guard isPrivate else { return nil }
        defer { fanfare_forget_errors() }
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        var choices: OpaquePointer?
        var count = 0
        guard EVP_DigestSignInit(context, &choices, Digest.of(algorithm), nil, key) == 1,
            Self.prepare(choices, for: algorithm),
            EVP_DigestSign(context, nil, &count, text.baseAddress, text.count) == 1
        else { return nil }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, text.baseAddress, text.count) == 1 else { return nil }
        signature.removeLast(signature.count - count)
        return ECDSASignature.size(algorithm) == nil ? signature : ECDSASignature.raw(signature, algorithm)
    }

    /// RSA of the second kind has a salt as long as the digest (RFC 7518 section 3.5).
    private static func prepare(_ choices: OpaquePointer?, for algorithm: Algorithm) -> Bool {
        guard algorithm == .ps256 else { return true }
        return EVP_PKEY_CTX_set_rsa_padding(choices, RSA_PKCS1_PSS_PADDING) > 0
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(choices, RSA_PSS_SALTLEN_DIGEST) > 0
    }
}

// MARK: - What kind of key it is

extension KeyPair {
    /// What kind of key it is, once it was found to be sound and strong.
    func kind(name: String) throws(AuthorizationError) -> Key.Kind {
        defer { fanfare_forget_errors() }
        if EVP_PKEY_is_a(key, "RSA") == 1 {
            try checkRSA(name: name)
            return .rsa
        }
        if EVP_PKEY_is_a(key, "ED25519") == 1 {
            try checkEdwards(name: name)
            return .ed25519
        }
        guard EVP_PKEY_is_a(key, "EC") == 1 else {
            throw AuthorizationError(
                .unsupported, "\(name) is none of RSA, P-256, P-384 and Ed25519; make a key of one of these kinds")
        }
        let kind = try curve(name: name)
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { throw .noMemory }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_public_check(context) == 1 else {
            throw AuthorizationError(.malformed, "\(name) is not on its curve; make the key anew")
        }
        return kind
    }

    /// Whether what the private part signs is verified by the public one.
    func isOfOnePiece(_ algorithm: Algorithm) -> Bool {
        Array("one piece".utf8).withUnsafeBufferPointer { text in
            guard let signature = signature(of: text, with: algorithm) else { return false }
            return verifies(signature, over: text, with: algorithm)
        }
    }

    /// The digest of its public part as a SubjectPublicKeyInfo in DER (RFC 5280 section 4.1).
    func digest() throws(AuthorizationError) -> SHA256Digest {
        defer { fanfare_forget_errors() }
        // A point can be written in several ways, and its curve too; the key is the same.
        if EVP_PKEY_is_a(key, "EC") == 1 {
            guard
                EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") == 1,
                EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, "named_curve") == 1
            else { throw .noMemory }
        }
        var start: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &start)
        defer { fanfare_free(start) }
        guard let start, count > 0 else { throw .noMemory }
        return SHA256Digest(UnsafeBufferPointer(start: start, count: Int(count)))
    }

    private func curve(name: String) throws(AuthorizationError) -> Key.Kind {
        var group = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &group, group.count, &count) == 1 else {
            throw AuthorizationError(.unsupported, "\(name) is on a curve without a name; use P-256 or P-384")
        }
        switch String(decoding: group.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) {
        case "prime256v1", "P-256": return .p256
        case "secp384r1", "P-384": return .p384
        default:
            throw AuthorizationError(
                .unsupported, "\(name) is on another curve than P-256 and P-384; use one of these, or Ed25519")
        }
    }

    private func checkEdwards(name: String) throws(AuthorizationError) {
        var (point, count) = ([UInt8](repeating: 0, count: 32), 32)
        guard EVP_PKEY_get_raw_public_key(key, &point, &count) == 1 else { throw .noMemory }
        guard !EdwardsPoint.isUnsound(point) else {
            throw AuthorizationError(
                .weak, "\(name) is a point of Ed25519 that is no key: anybody could sign with it; make the key anew")
        }
    }

    private func checkRSA(name: String) throws(AuthorizationError) {
        guard let modulus = fanfare_rsa_modulus(key) else { throw .noMemory }
        defer { BN_free(modulus) }
        guard let exponent = fanfare_rsa_exponent(key) else { throw .noMemory }
        defer { BN_free(exponent) }
        let bits = BN_num_bits(modulus)
        guard bits >= 2048 else {
            throw AuthorizationError(.weak, "\(name) is RSA of \(bits) bits, which can be broken; use at least 2048")
        }
        guard bits <= 8192 else {
            throw AuthorizationError(
                .unsupported, "\(name) is RSA of \(bits) bits, which takes too long to verify with; use at most 8192")
        }
        // An exponent of 1 signs whatever is shown; an even modulus has a factor that everybody knows.
        guard BN_is_odd(modulus) == 1, BN_is_odd(exponent) == 1, 2...64 ~= BN_num_bits(exponent) else {
            throw AuthorizationError(.weak, "\(name) is RSA with numbers that no sound key has; make the key anew")
        }
    }
}
