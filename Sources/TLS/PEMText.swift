// Owns the reading of PEM (RFC 7468). Must never ask for a passphrase: there is nobody to answer.

import COpenSSL

/// Certificates and keys in text.
enum PEMText {
    /// All certificates, in their order; at least one.
    static func certificates(in text: [UInt8], name: String) throws(TLSError) -> [Certificate] {
        let bio = try memory(of: text)
        defer { BIO_free(bio) }
        fanfare_forget_errors()
        var found: [Certificate] = []
        while let x509 = PEM_read_bio_X509(bio, nil, neverAnswer, nil) { found.append(Certificate(owning: x509)) }
        // The usual end: there is no further one.
        let isEnd = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
        // The first error is what is wrong with the file; the last, in which part of OpenSSL that was noticed.
        let reason = ErrorQueue.takeReason(first: true)
        guard isEnd else {
            throw TLSError(
                .malformed,
                "\(name) holds a certificate that cannot be read (\(reason)); make the file anew, in PEM form")
        }
        guard !found.isEmpty else {
            throw TLSError(
                .malformed,
                "\(name) holds no certificate; it has to be in PEM form, with a line -----BEGIN CERTIFICATE-----")
        }
        return found
    }

    /// The first private key; whoever calls frees it.
    static func privateKey(in text: [UInt8], name: String) throws(TLSError) -> OpaquePointer {
        let bio = try memory(of: text)
        defer { BIO_free(bio) }
        fanfare_forget_errors()
        var wasAsked: CInt = 0
        if let key = PEM_read_bio_PrivateKey(bio, nil, noteQuestion, &wasAsked) {
            fanfare_forget_errors()
            return key
        }
        let reason = ErrorQueue.takeReason(first: true)
        if wasAsked != 0 {
            throw TLSError(
                .encrypted,
                "the key \(name) is protected by a passphrase, and there is nobody to ask for it; write it without one: openssl pkey -in \(name) -out FILE"
            )
        }
        throw TLSError(
            .malformed,
            !String(decoding: text, as: UTF8.self).contains("PRIVATE KEY-----")
                ? "\(name) holds no private key; it has to be in PEM form, with a line -----BEGIN PRIVATE KEY-----"
                : "\(name) holds a private key that cannot be read (\(reason)); make the file anew, in PEM form")
    }

    /// A certificate and its key, in one text.
    static func text(of certificate: Certificate, key: OpaquePointer) throws(TLSError) -> [UInt8] {
        fanfare_forget_errors()
        guard let bio = BIO_new(BIO_s_secmem()) else { throw TLSError(openSSL: "there is no memory for a key") }
        defer { BIO_free(bio) }
        guard PEM_write_bio_X509(bio, certificate.x509) == 1,
            PEM_write_bio_PKCS8PrivateKey(bio, key, nil, nil, 0, nil, nil) == 1
        else { throw TLSError(openSSL: "a key cannot be written") }
        var text = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        let count = BIO_read(bio, &text, Int32(text.count))
        guard count == Int32(text.count) else { throw TLSError(openSSL: "a key cannot be written") }
        return text
    }

    private static func memory(of text: [UInt8]) throws(TLSError) -> OpaquePointer {
        guard let bio = BIO_new(BIO_s_secmem()) else { throw TLSError(openSSL: "there is no memory for a file") }
        let count = BIO_write(bio, text, Int32(clamping: text.count))
        guard count == Int32(clamping: text.count) || text.isEmpty else {
            BIO_free(bio)
            throw TLSError(openSSL: "there is no memory for a file")
        }
        return bio
    }
}

/// Answers no question for a passphrase.
private func neverAnswer(
    buffer: UnsafeMutablePointer<CChar>?, size: CInt, isWriting: CInt, context: UnsafeMutableRawPointer?
) -> CInt { -1 }

/// Answers no question either, but notes in a `CInt` that there was one.
private func noteQuestion(
    buffer: UnsafeMutablePointer<CChar>?, size: CInt, isWriting: CInt, context: UnsafeMutableRawPointer?
) -> CInt {
    context?.assumingMemoryBound(to: CInt.self).pointee = 1
    return -1
}
