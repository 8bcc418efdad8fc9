// Owns the making of a certificate that nobody vouches for: for development, where a real one cannot be had. Must never
// give it the power to vouch for others.

import COpenSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Certificates that are signed with their own key.
package enum SelfSigned {
    /// How long one is valid, in seconds.
    static let lifetime = 365 * 86_400
    /// One that is valid no longer than this is made anew.
    static let leastLeft = 30 * 86_400

    /// Makes an identity for this machine: `localhost`, names below it, loopback addresses, and those given.
    ///
    /// - Parameters:
    ///   - name: what it is called: the file in which it will be.
    ///   - addresses: without brackets.
    ///   - time: now, in seconds since 1970.
    package static func make(
        _ name: String = "in memory", for addresses: [String], at time: Int
    ) throws(TLSError) -> Identity {
        fanfare_forget_errors()
        guard let key = fanfare_make_p256_key() else { throw TLSError(openSSL: "no key can be made") }
        do throws(TLSError) {
            return Identity(owning: try certificate(of: key, for: addresses, at: time), key: key, name: name)
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
    }

    /// Whether a certificate was made here.
    static func isOwn(_ certificate: Certificate) -> Bool {
        let subject = X509_get_subject_name(certificate.x509)
        var name = [CChar](repeating: 0, count: 64)
        return X509_NAME_cmp(subject, X509_get_issuer_name(certificate.x509)) == 0
            && X509_NAME_get_text_by_NID(subject, NID_organizationName, &name, CInt(name.count)) > 0
            && name.withUnsafeBufferPointer { strcmp($0.baseAddress!, maker) } == 0
    }

    private static let maker = "Fanfare, self-signed"

    /// Whether an identity can go on being used for these addresses.
    static func serves(_ identity: Identity, _ addresses: [String], at time: Int) -> Bool {
        identity.validUntil - time >= leastLeft && identity.isFor(host: "localhost")
            && all(addresses).allSatisfy { identity.isFor(address: $0) }
    }

    private static func all(_ addresses: [String]) -> [String] {
        // Who listens on every address is not reached by a name for all of them.
        ["127.0.0.1", "::1"] + addresses.filter { !["127.0.0.1", "::1", "0.0.0.0", "::"].contains($0) }
    }

    private static func certificate(
        of key: OpaquePointer, for addresses: [String], at time: Int
    ) throws(TLSError) -> Certificate {
        guard let x509 = X509_new() else { throw TLSError(openSSL: "there is no memory for a certificate") }
        let certificate = Certificate(owning: x509)
        var serial = [UInt8](repeating: 0, count: 16)
        guard RAND_bytes(&serial, CInt(serial.count)) == 1 else {
            throw TLSError(openSSL: "there is no randomness for a certificate")
        }
        // Positive, and not zero (RFC 5280 section 4.1.2.2).
        serial[0] = serial[0] & 0x7F | 0x40
        let number = BN_bin2bn(serial, CInt(serial.count), nil)
        defer { BN_free(number) }
        let name = X509_get_subject_name(x509)
        // An hour earlier, for clocks that are a little behind.
        let isMade =
            X509_set_version(x509, 2) == 1 && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != nil
            && X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, maker, -1, -1, 0) == 1
            && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "localhost", -1, -1, 0) == 1
            && X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1
            && ASN1_TIME_set(X509_getm_notBefore(x509), time - 3600) != nil
            && ASN1_TIME_set(X509_getm_notAfter(x509), time + lifetime) != nil
        let names = ["DNS:localhost", "DNS:*.localhost"] + all(addresses).map { "IP:\($0)" }
        let isComplete =
            isMade && add(NID_subject_key_identifier, "hash", to: x509)
            && add(NID_authority_key_identifier, "keyid:always", to: x509)
            && add(NID_basic_constraints, "critical,CA:FALSE", to: x509)
            && add(NID_key_usage, "critical,digitalSignature", to: x509)
            && add(NID_ext_key_usage, "serverAuth", to: x509)
            && add(NID_subject_alt_name, names.joined(separator: ","), to: x509)
            && X509_sign(x509, key, EVP_sha256()) > 0
        guard isComplete else { throw TLSError(openSSL: "no certificate can be made for \(addresses)") }
        return certificate
    }

    private static func add(_ kind: CInt, _ value: String, to x509: OpaquePointer) -> Bool {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, x509, x509, nil, nil, 0)
        guard let found = X509V3_EXT_conf_nid(nil, &context, kind, value) else { return false }
        defer { X509_EXTENSION_free(found) }
        return X509_add_ext(x509, found, -1) == 1
    }
}
