// Owns the keys of texts in PEM (RFC 7468). Must never ask for a passphrase: there is nobody to answer.

internal import COpenSSL

/// Keys in PEM: public keys, private keys, and certificates, of which the key is all that counts.
enum PEMKeys {
    /// All keys, in their order; at least one. Of certificates only the first counts.
    static func read(_ text: [UInt8], name: String) throws(AuthorizationError) -> [Key] {
        fanfare_forget_errors()
        defer { fanfare_forget_errors() }
        guard let bio = BIO_new(BIO_s_secmem()) else { throw .noMemory }
        defer { BIO_free(bio) }
        guard BIO_write(bio, text, CInt(clamping: text.count)) == CInt(clamping: text.count) else { throw .noMemory }
        var keys: [Key] = []
        var hasCertificate = false
        while let block = Block(from: bio) {
            // What comes after a certificate is who signed it, and who signed that: they do not sign tokens.
            if block.isCertificate, hasCertificate { continue }
            hasCertificate = hasCertificate || block.isCertificate
            if let pair = try block.pair(name: name) { keys.append(try Key(pair: pair, name: name)) }
            fanfare_forget_errors()
        }
        guard ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE else {
            throw AuthorizationError(
                .malformed, "\(name) holds PEM that cannot be read: a line is missing or damaged; make the file anew")
        }
        guard !keys.isEmpty else {
            throw AuthorizationError(
                .malformed,
                "\(name) holds PEM, but no key; it needs a -----BEGIN PUBLIC KEY-----, PRIVATE KEY or CERTIFICATE")
        }
        guard keys.count <= KeySet.most else { throw .tooMany(name: name) }
        return keys
    }

    /// What stands between a line that begins it and one that ends it.
    private struct Block: ~Copyable {
        private let label: String
        private let isEncrypted: Bool
        /// Whether it is a certificate.
        var isCertificate: Bool { label == "CERTIFICATE" || label == "X509 CERTIFICATE" }
        private let bytes: UnsafeMutablePointer<UInt8>
        private let count: Int

        /// Reads the next one; nil at the end, or if it cannot be read.
        init?(from bio: OpaquePointer) {
            var (name, header): (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?)
            var data: UnsafeMutablePointer<UInt8>?
            var length = 0
            guard PEM_read_bio(bio, &name, &header, &data, &length) == 1 else { return nil }
            defer {
                fanfare_free(name)
                fanfare_free(header)
            }
            guard let name, let data else { return nil }
            label = String(cString: name)
            // Only encryption is ever said in a header ("Proc-Type: 4,ENCRYPTED").
            isEncrypted = label == "ENCRYPTED PRIVATE KEY" || header.map { $0.pointee != 0 } ?? false
            bytes = data
            count = length
        }

        deinit { fanfare_clear_free(bytes, count) }

        /// The key in it; nil if it is something else.
        func pair(name: String) throws(AuthorizationError) -> KeyPair? {
            if isEncrypted {
                throw AuthorizationError(
                    .encrypted,
                    "the key \(name) is protected by a passphrase, and there is nobody to ask for it; write it without one: openssl pkey -in \(name) -out FILE"
                )
            }
            var next: UnsafePointer<UInt8>? = UnsafePointer(bytes)
            let key: OpaquePointer?
            var isPrivate = false
            switch label {
            case "PUBLIC KEY": key = d2i_PUBKEY(nil, &next, count)
            case "RSA PUBLIC KEY": key = d2i_PublicKey(EVP_PKEY_RSA, nil, &next, count)
            case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
                key = d2i_AutoPrivateKey(nil, &next, count)
                isPrivate = true
            case "CERTIFICATE", "X509 CERTIFICATE":
                let certificate = d2i_X509(nil, &next, count)
                defer { X509_free(certificate) }
                key = X509_get_pubkey(certificate)
            default: return nil
            }
            guard let key, next == UnsafePointer(bytes) + count else {
                EVP_PKEY_free(key)
                throw AuthorizationError(.malformed, "\(name) holds a key that cannot be read; make the file anew")
            }
            return KeyPair(owning: key, isPrivate: isPrivate)
        }
    }
}
