import COpenSSL

@testable import TLS

/// Vouches for certificates that tests ask for. Errors of OpenSSL here are the test's own, and trap.
final class Authority {
    /// Its own certificate, in PEM.
    let certificate: String
    private let x509: OpaquePointer
    private let key = Key.make(.ec)
    /// Who vouches for this one; nil for a root.
    private let parent: Authority?

    /// An authority; one that another vouches for stands in the middle of a chain.
    init(
        _ name: String = "root", below parent: Authority? = nil, validity: Range<Int> = Moment.past..<Moment.future
    ) {
        self.parent = parent
        x509 = Self.certificate(
            name, key, issuer: parent.map { (X509_get_subject_name($0.x509), $0.key) },
            extensions: [(NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign")],
            validity: validity)
        certificate = Text.of(x509)
    }

    deinit {
        X509_free(x509)
        EVP_PKEY_free(key)
    }

    /// A certificate with its key, in PEM.
    struct Issued {
        /// The certificate alone.
        var certificate: String
        /// Those that lead to the root, without it.
        var chain: String
        var key: String
    }

    /// Issues a certificate for names such as `a.example`; its common name is the first of them, or another.
    func issue(
        _ names: [String], _ kind: Key.Kind = .ec, validity: Range<Int> = Moment.past..<Moment.future,
        called name: String? = nil
    ) -> Issued {
        let key = Key.make(kind)
        let x509 = Self.certificate(
            name ?? names[0], key, issuer: (X509_get_subject_name(self.x509), self.key),
            extensions: names.isEmpty
                ? [] : [(NID_subject_alt_name, names.map { "DNS:\($0)" }.joined(separator: ","))],
            validity: validity)
        defer {
            X509_free(x509)
            EVP_PKEY_free(key)
        }
        var chain = ""
        var link: Authority? = self
        while let some = link, some.parent != nil {
            chain += some.certificate
            link = some.parent
        }
        return Issued(certificate: Text.of(x509), chain: chain, key: Text.of(key: key))
    }

    private static func certificate(
        _ name: String, _ key: OpaquePointer, issuer: (name: OpaquePointer?, key: OpaquePointer)?,
        extensions: [(CInt, String)], validity: Range<Int>
    ) -> OpaquePointer {
        let x509 = X509_new()!
        X509_set_version(x509, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(x509), Int.random(in: 1...Int(Int32.max)))
        let subject = X509_get_subject_name(x509)
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0)
        X509_set_issuer_name(x509, issuer?.name ?? subject)
        X509_set_pubkey(x509, key)
        ASN1_TIME_set(X509_getm_notBefore(x509), validity.lowerBound)
        ASN1_TIME_set(X509_getm_notAfter(x509), validity.upperBound)
        for (kind, value) in extensions {
            let made = X509V3_EXT_conf_nid(nil, nil, kind, value)!
            X509_add_ext(x509, made, -1)
            X509_EXTENSION_free(made)
        }
        precondition(X509_sign(x509, issuer?.key ?? key, EVP_sha256()) > 0)
        return x509
    }
}

/// Times around a fixed present, in seconds since 1970. OpenSSL's clients judge by the real clock, so it is not long ago.
enum Moment {
    static let past = 1_600_000_000
    static let now = 1_800_000_000
    static let future = 4_000_000_000
}

enum Key {
    enum Kind { case ec, rsa, ed25519, weak }

    static func make(_ kind: Kind) -> OpaquePointer {
        switch kind {
        case .ec: return fanfare_make_p256_key()!
        case .rsa: return generate("RSA") { EVP_PKEY_CTX_set_rsa_keygen_bits($0, 2048) }
        case .weak: return generate("RSA") { EVP_PKEY_CTX_set_rsa_keygen_bits($0, 1024) }
        case .ed25519: return generate("ED25519") { _ in 1 }
        }
    }

    private static func generate(_ name: String, _ prepare: (OpaquePointer) -> CInt) -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_from_name(nil, name, nil)!
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        precondition(
            EVP_PKEY_keygen_init(context) == 1 && prepare(context) == 1 && EVP_PKEY_generate(context, &key) == 1)
        return key!
    }
}

enum Text {
    static func of(_ x509: OpaquePointer) -> String { written { PEM_write_bio_X509($0, x509) } }

    /// A key, behind a passphrase if there is one.
    static func of(key: OpaquePointer, passphrase: String? = nil) -> String {
        written { bio in
            guard let passphrase else { return PEM_write_bio_PKCS8PrivateKey(bio, key, nil, nil, 0, nil, nil) }
            return PEM_write_bio_PKCS8PrivateKey(
                bio, key, EVP_aes_256_cbc(), passphrase, CInt(passphrase.utf8.count), nil, nil)
        }
    }

    private static func written(_ write: (OpaquePointer) -> CInt) -> String {
        let bio = BIO_new(BIO_s_mem())!
        defer { BIO_free(bio) }
        precondition(write(bio) == 1)
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        BIO_read(bio, &bytes, CInt(bytes.count))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Identity {
    /// An identity of what an authority issued.
    convenience init(_ issued: Authority.Issued, at time: Int = Moment.now) throws(TLSError) {
        try self.init(
            certificates: Array((issued.certificate + issued.chain).utf8), key: Array(issued.key.utf8),
            names: ("cert.pem", "key.pem"), at: time)
    }
}
