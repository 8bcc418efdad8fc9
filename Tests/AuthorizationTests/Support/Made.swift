import COpenSSL

@testable import Authorization

/// Keys that tests make with OpenSSL itself, as text. Errors of OpenSSL here are the test's own, and trap.
final class Made {
    enum Kind: String, CaseIterable {
        case rsa, smallRSA, pssRSA, p256, p384, p521, secp256k1, ed25519, ed448
    }

    private let key: OpaquePointer

    init(_ kind: Kind) {
        switch kind {
        case .rsa: key = Self.generate("RSA") { EVP_PKEY_CTX_set_rsa_keygen_bits($0, 2048) }
        case .smallRSA: key = Self.generate("RSA") { EVP_PKEY_CTX_set_rsa_keygen_bits($0, 1024) }
        case .pssRSA: key = Self.generate("RSA-PSS") { EVP_PKEY_CTX_set_rsa_keygen_bits($0, 2048) }
        case .p256: key = fanfare_make_p256_key()!
        case .p384: key = Self.generate("EC") { EVP_PKEY_CTX_set_group_name($0, "P-384") }
        case .p521: key = Self.generate("EC") { EVP_PKEY_CTX_set_group_name($0, "P-521") }
        case .secp256k1: key = Self.generate("EC") { EVP_PKEY_CTX_set_group_name($0, "secp256k1") }
        case .ed25519: key = Self.generate("ED25519") { _ in 1 }
        case .ed448: key = Self.generate("ED448") { _ in 1 }
        }
    }

    deinit { EVP_PKEY_free(key) }

    private static func generate(_ name: String, _ prepare: (OpaquePointer) -> CInt) -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_from_name(nil, name, nil)!
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        precondition(
            EVP_PKEY_keygen_init(context) == 1 && prepare(context) == 1 && EVP_PKEY_generate(context, &key) == 1)
        return key!
    }

    /// The private key in PEM (PKCS #8), behind a passphrase if there is one.
    func privatePEM(passphrase: String? = nil) -> String {
        written { bio in
            guard let passphrase else { return PEM_write_bio_PKCS8PrivateKey(bio, key, nil, nil, 0, nil, nil) }
            return PEM_write_bio_PKCS8PrivateKey(
                bio, key, EVP_aes_256_cbc(), passphrase, CInt(passphrase.utf8.count), nil, nil)
        }
    }

    /// Whether it is of a curve whose points and itself can be written in several ways.
    var isOfCurve: Bool { EVP_PKEY_is_a(key, "EC") == 1 }

    /// The private key in PEM with its point in the short form, or its curve in the long one.
    func curvePEM(compressed: Bool = false, explicit: Bool = false) -> String {
        func set(_ name: String, _ value: String) {
            precondition(EVP_PKEY_set_utf8_string_param(key, name, value) == 1)
        }
        set(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, compressed ? "compressed" : "uncompressed")
        set(OSSL_PKEY_PARAM_EC_ENCODING, explicit ? "explicit" : "named_curve")
        defer {
            set(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed")
            set(OSSL_PKEY_PARAM_EC_ENCODING, "named_curve")
        }
        return privatePEM()
    }

    /// The private key in the form that its kind had before PKCS #8 (RSA PRIVATE KEY, EC PRIVATE KEY).
    func traditionalPEM(passphrase: String? = nil) -> String {
        written { bio in
            guard let passphrase else { return PEM_write_bio_PrivateKey_traditional(bio, key, nil, nil, 0, nil, nil) }
            var letters = Array(passphrase.utf8)
            return PEM_write_bio_PrivateKey_traditional(
                bio, key, EVP_aes_256_cbc(), &letters, CInt(letters.count), nil, nil)
        }
    }

    /// The public key in PEM.
    var publicPEM: String { written { PEM_write_bio_PUBKEY($0, key) } }

    /// A certificate over the key, signed by itself, which ended long ago.
    var certificatePEM: String {
        let x509 = X509_new()!
        defer { X509_free(x509) }
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8, "somebody", -1, -1, 0)
        X509_set_issuer_name(x509, X509_get_subject_name(x509))
        X509_set_pubkey(x509, key)
        ASN1_TIME_set(X509_getm_notBefore(x509), 1_000_000_000)
        ASN1_TIME_set(X509_getm_notAfter(x509), 1_000_000_001)
        precondition(X509_sign(x509, key, EVP_PKEY_is_a(key, "ED25519") == 1 ? nil : EVP_sha256()) > 0)
        return written { PEM_write_bio_X509($0, x509) }
    }

    /// The public key in DER.
    var publicDER: [UInt8] {
        var start: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &start)
        defer { fanfare_free(start) }
        return Array(UnsafeBufferPointer(start: start, count: Int(count)))
    }

    /// A certificate in DER.
    var certificateDER: [UInt8] {
        let letters = certificatePEM.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        let text = letters.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return Base64URL.decode(text)!
    }

    /// The point of a key on a curve: 4, x, y.
    var point: [UInt8] {
        var (bytes, count) = ([UInt8](repeating: 0, count: 200), 0)
        precondition(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, &bytes, bytes.count, &count) == 1)
        return Array(bytes[..<count])
    }

    private func written(_ write: (OpaquePointer) -> CInt) -> String {
        let bio = BIO_new(BIO_s_mem())!
        defer { BIO_free(bio) }
        precondition(write(bio) == 1)
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        precondition(BIO_read(bio, &bytes, CInt(bytes.count)) == CInt(bytes.count))
        return String(decoding: bytes, as: UTF8.self)
    }
}
