// Owns what all sessions of a server have in common: versions, ciphers, identities, tickets. Must never change once it is
// made: sessions on all threads share it. New certificates get a new one.

import COpenSSL

/// The server's side of TLS 1.2 and 1.3 (RFC 5246, RFC 8446), for any number of identities.
package final class ServerContext: @unchecked Sendable {
    // SAFETY: nothing here changes once made. OpenSSL counts who uses a context, and locks what it changes in one.
    private let choices: [Choice]
    /// The names of protocols in order of preference, each behind its length (RFC 7301).
    let protocols: [UInt8]
    let tickets: TicketKeys
    /// The identities, in their order.
    package let identities: [Identity]

    /// A context of OpenSSL, with one identity; or with several that have the same names and different kinds of keys, of
    /// which OpenSSL takes the one that the client can check.
    struct Choice {
        let context: OpaquePointer
        var identities: [Identity]
    }

    /// Ephemeral keys and authenticated ciphers only; the shorter key first, as it is quicker and enough.
    private static let ciphers =
        ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"]
        .flatMap { ["ECDHE-ECDSA-\($0)", "ECDHE-RSA-\($0)"] }.joined(separator: ":")
    private static let suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    /// The first where OpenSSL has it: it holds against quantum computers too.
    private static let groups = ["X25519MLKEM768:X25519:P-256:P-384", "X25519:P-256:P-384"]

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - identities: at least one. A client that names a host gets the first that has the name, else the first that
    ///     has it by a wildcard, else the first of all.
    ///   - protocols: the names of protocols for ALPN, the preferred one first. A client that offers others only is
    ///     refused; one that offers none is not.
    ///   - tickets: the keys of session tickets, the same as those of other contexts of the server.
    package init(_ identities: [Identity], protocols: [String], tickets: TicketKeys) throws(TLSError) {
        precondition(!identities.isEmpty, "a server without an identity could not answer anyone")
        self.identities = identities
        self.tickets = tickets
        self.protocols = ProtocolNames.wire(protocols)
        choices = try Self.choices(for: identities)
        let owner = Unmanaged.passUnretained(self).toOpaque()
        for choice in choices {
            // The first context is asked for names, and whichever is chosen for protocols.
            SSL_CTX_set_ex_data(choice.context, 0, owner)
            SSL_CTX_set_alpn_select_cb(choice.context, chooseProtocol, owner)
            SSL_CTX_set_tlsext_ticket_key_evp_cb(choice.context, prepareTicket)
            fanfare_tls_on_server_name(choice.context, chooseByName, owner)
        }
    }

    deinit {
        for choice in choices { SSL_CTX_free(choice.context) }
    }

    /// A session with who has just connected; nil when there is no memory for one.
    package func session(on fd: Int32) -> Session? { Session(choices[0].context, of: self, on: fd, as: .server) }

    /// The context for a host that a client names; nil if none has that name.
    func context(for host: UnsafePointer<CChar>) -> OpaquePointer? {
        for countingWildcards in [false, true] {
            for choice in choices
            where choice.identities[0].certificate.isFor(host: host, countingWildcards: countingWildcards) {
                return choice.context
            }
        }
        return nil
    }

    private static func choices(for identities: [Identity]) throws(TLSError) -> [Choice] {
        var choices: [Choice] = []
        do throws(TLSError) {
            for identity in identities {
                let names = identity.certificate.names
                let kind = EVP_PKEY_get_base_id(identity.key)
                let place = choices.firstIndex { choice in
                    !names.isEmpty && choice.identities[0].certificate.names == names
                        && !choice.identities.contains { EVP_PKEY_get_base_id($0.key) == kind }
                }
                if let place {
                    try add(identity, to: choices[place].context)
                    choices[place].identities.append(identity)
                } else {
                    let context = try makeContext()
                    choices.append(Choice(context: context, identities: [identity]))
                    try add(identity, to: context)
                }
            }
        } catch {
            for choice in choices { SSL_CTX_free(choice.context) }
            throw error
        }
        return choices
    }

    private static func makeContext() throws(TLSError) -> OpaquePointer {
        fanfare_forget_errors()
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw TLSError(openSSL: "no TLS context can be made")
        }
        fanfare_tls_set_server_options(context)
        fanfare_tls_set_modes(context)
        fanfare_tls_keep_no_sessions(context)
        // No key that is weaker than RSA with 2048 bits, whatever the system's settings are.
        SSL_CTX_set_security_level(context, 2)
        // As long as the last tickets of a key can still be read; the key itself lives a period longer.
        SSL_CTX_set_timeout(context, 2 * TicketKeys.period)
        let name = Array("fanfare".utf8)
        let isSet =
            fanfare_tls_begin_with_1_2(context) == 1 && SSL_CTX_set_cipher_list(context, ciphers) == 1
            && SSL_CTX_set_ciphersuites(context, suites) == 1
            && groups.contains { fanfare_tls_set_groups(context, $0) == 1 }
            && SSL_CTX_set_session_id_context(context, name, UInt32(name.count)) == 1
        guard isSet else {
            SSL_CTX_free(context)
            throw TLSError(openSSL: "OpenSSL lacks a cipher that is needed")
        }
        fanfare_forget_errors()
        return context
    }

    private static func add(_ identity: Identity, to context: OpaquePointer) throws(TLSError) {
        fanfare_forget_errors()
        guard SSL_CTX_use_certificate(context, identity.certificate.x509) == 1,
            SSL_CTX_use_PrivateKey(context, identity.key) == 1
        else {
            throw TLSError(
                openSSL: "the certificate \(identity.name) is too weak, or of a kind that cannot be used")
        }
        for link in identity.chain where fanfare_tls_add_chain_certificate(context, link.x509) != 1 {
            throw TLSError(
                openSSL:
                    "a certificate of the chain in \(identity.name) (\(link.subject)) is too weak, or of a kind that cannot be used"
            )
        }
    }
}

/// Names of protocols as ALPN has them.
enum ProtocolNames {
    /// Each behind its length (RFC 7301 section 3.1).
    static func wire(_ names: [String]) -> [UInt8] {
        names.flatMap { name in
            precondition((1...255).contains(name.utf8.count), "a protocol's name has 1 to 255 bytes")
            return [UInt8(name.utf8.count)] + Array(name.utf8)
        }
    }
}

// What OpenSSL calls during a handshake. Each finds the Swift context by a pointer, which is good as long as the session
// that it is called for: sessions hold on to their context.

private func chooseByName(
    session: OpaquePointer?, alert: UnsafeMutablePointer<CInt>?, owner: UnsafeMutableRawPointer?
) -> CInt {
    guard let session, let owner, let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) else {
        return SSL_TLSEXT_ERR_NOACK
    }
    let server = Unmanaged<ServerContext>.fromOpaque(owner).takeUnretainedValue()
    // Who asks for a name that nobody here has gets the first identity, and judges for itself.
    guard let chosen = server.context(for: name) else { return SSL_TLSEXT_ERR_NOACK }
    SSL_set_SSL_CTX(session, chosen)
    return SSL_TLSEXT_ERR_OK
}

private func chooseProtocol(
    session: OpaquePointer?, chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    chosenCount: UnsafeMutablePointer<UInt8>?, offered: UnsafePointer<UInt8>?, offeredCount: UInt32,
    owner: UnsafeMutableRawPointer?
) -> CInt {
    guard let chosen, let chosenCount, let offered, let owner else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let server = Unmanaged<ServerContext>.fromOpaque(owner).takeUnretainedValue()
    let offers = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
    guard let match = ALPNOffer(offers).first(of: server.protocols) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    // It points into the client's list, which is there until OpenSSL has copied the name.
    chosen.pointee = offered + match.lowerBound
    chosenCount.pointee = UInt8(match.count)
    return SSL_TLSEXT_ERR_OK
}

private func prepareTicket(
    session: OpaquePointer?, name: UnsafeMutablePointer<UInt8>?, iv: UnsafeMutablePointer<UInt8>?,
    cipher: OpaquePointer?, authentication: OpaquePointer?, encrypting: CInt
) -> CInt {
    guard let session, let name, let iv, let cipher, let authentication,
        let owner = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), 0)
    else { return -1 }
    let tickets = Unmanaged<ServerContext>.fromOpaque(owner).takeUnretainedValue().tickets
    if encrypting != 0 {
        let key = tickets.newest
        UnsafeMutableRawPointer(name).copyMemory(from: key.name.baseAddress!, byteCount: key.name.count)
        guard RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 else { return -1 }
        return key.prepare(cipher, authentication, iv: iv, encrypting: true) ? 1 : -1
    }
    // A ticket of an unknown key is no error: the handshake is then a full one.
    guard let found = tickets.key(named: UnsafeRawBufferPointer(start: name, count: 16)) else { return 0 }
    guard found.key.prepare(cipher, authentication, iv: iv, encrypting: false) else { return -1 }
    // In TLS 1.3 a ticket is good for one session: with each comes the next (RFC 8446 appendix C.4).
    return found.isNewest && SSL_version(session) != TLS1_3_VERSION ? 1 : 2
}
