// Owns what a server shows to prove who it is: a certificate with its chain, and the key. Must never be made of parts
// that do not belong together, nor hand the key out.

import COpenSSL

/// A certificate, the chain that leads to its root, and its private key.
package final class Identity: @unchecked Sendable {
    // SAFETY: never changed once made, and freed by the last who holds it.
    let certificate: Certificate
    let chain: [Certificate]
    let key: OpaquePointer
    /// What its certificate is called: its file.
    package let name: String

    /// Reads an identity in PEM (RFC 7468).
    ///
    /// - Parameters:
    ///   - certificates: the server's certificate, then those of the chain; anything else in it is passed over.
    ///   - key: the private key: RSA, EC or Ed25519, without a passphrase.
    ///   - names: what the two are called in errors: the files.
    ///   - time: now, in seconds since 1970.
    /// - Throws: `TLSError` that says which of the two is wrong.
    package init(
        certificates: [UInt8], key: [UInt8], names: (certificate: String, key: String), at time: Int
    ) throws(TLSError) {
        var found = try PEMText.certificates(in: certificates, name: names.certificate)
        let key = try PEMText.privateKey(in: key, name: names.key)
        self.key = key
        name = names.certificate
        certificate = found.removeFirst()
        chain = found
        guard X509_check_private_key(certificate.x509, key) == 1 else {
            ERR_clear_error()
            let isForAnother = chain.contains { X509_check_private_key($0.x509, key) == 1 }
            ERR_clear_error()
            throw TLSError(
                .mismatched,
                isForAnother
                    ? "the key \(names.key) belongs to a certificate of \(names.certificate) that is not its first; put the server's own before its chain"
                    : "the key \(names.key) does not belong to the certificate \(names.certificate); give the two that were made together"
            )
        }
        let validity = certificate.validity
        if time >= validity.until {
            throw TLSError(
                .outOfDate,
                "the certificate \(names.certificate) has not been valid since \(dateText(validity.until)); renew it")
        }
        if time < validity.from {
            throw TLSError(
                .outOfDate,
                "the certificate \(names.certificate) is not valid before \(dateText(validity.from)); is this machine's clock right?"
            )
        }
    }

    /// Takes over a certificate and its key that were just made.
    init(owning certificate: Certificate, key: OpaquePointer, name: String) {
        self.name = name
        self.certificate = certificate
        chain = []
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// When its certificate ends to be valid, in seconds since 1970.
    package var validUntil: Int { certificate.validity.until }

    /// The same as people read it.
    package var validUntilText: String { dateText(validUntil) }

    /// The fingerprint of its certificate: SHA-256, in hexadecimal with colons.
    package var fingerprint: String { certificate.fingerprint }

    /// The same of its certificate and of each of its chain.
    package var fingerprints: [String] { ([certificate] + chain).map(\.fingerprint) }

    /// Those of its chain that are not valid at a time: clients may refuse the whole for one of them.
    package func invalidLinks(at time: Int) -> [String] {
        chain.filter { time >= $0.validity.until || time < $0.validity.from }.map(\.subject)
    }

    /// Whether its certificate is for a host's name.
    package func isFor(host: String) -> Bool { host.withCString { certificate.isFor(host: $0) } }

    /// Whether its certificate is for an address, written without brackets.
    package func isFor(address: String) -> Bool { certificate.isFor(address: address) }
}
