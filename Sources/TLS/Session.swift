// Owns one TLS session over a socket, from the handshake to the last word. Must never wait, nor close the descriptor. What
// it has taken to send it keeps until the socket takes it.

import COpenSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A TLS session over a socket that does not block. It belongs to the thread of its connection.
package final class Session {
    let ssl: OpaquePointer
    /// Made in init, and freed after what uses it.
    private let transport: UnsafeMutablePointer<SocketTransport>
    /// What OpenSSL's callbacks find by a pointer.
    private let owner: AnyObject
    private var stage = Stage.handshake
    /// Bytes of the record that the socket has not taken in full. OpenSSL wants to be shown the same ones again.
    private var unsent: [UInt8] = []
    /// Whether nothing can be read until there is room to write: an answer of TLS itself is in the way.
    package private(set) var awaitsRoomToRead = false
    /// Why the handshake failed, in OpenSSL's words.
    package private(set) var handshakeFailure: String?
    /// Why what came after the handshake was no TLS, in OpenSSL's words.
    package private(set) var failure: String?
    /// Whether what came instead of a handshake is a request in clear.
    package private(set) var wasSpokenToInClear = false

    private enum Stage {
        case handshake
        case established
        /// It broke; or this side has said its last word.
        case over
    }

    enum Side {
        case server
        /// With the host that is asked for.
        case client(host: String)
    }

    /// A record holds so many bytes at most (RFC 8446 section 5.1).
    package static let recordSize = 16 << 10

    /// Fails when there is no memory.
    init?(_ context: OpaquePointer, of owner: AnyObject, on fd: Int32, as side: Side) {
        fanfare_forget_errors()
        let intake: HandshakeIntake? = if case .server = side { HandshakeIntake() } else { nil }
        let transport = UnsafeMutablePointer<SocketTransport>.allocate(capacity: 1)
        transport.initialize(to: SocketTransport(fd, intake: intake))
        let ssl = SSL_new(context)
        guard let ssl, let bio = SocketTransport.bio(over: transport) else {
            SSL_free(ssl)
            transport.deinitialize(count: 1).deallocate()
            return nil
        }
        SSL_set_bio(ssl, bio, bio)
        self.ssl = ssl
        self.transport = transport
        self.owner = owner
        switch side {
        case .server: SSL_set_accept_state(ssl)
        case .client(let host):
            SSL_set_connect_state(ssl)
            if !expect(host) { return nil }
        }
    }

    deinit {
        SSL_free(ssl)
        transport.deinitialize(count: 1).deallocate()
    }

    /// Whether the handshake is done.
    package var isEstablished: Bool { stage == .established }

    /// Whether the last read went on with the handshake, which may cost a lot.
    package private(set) var hasShaken = false

    /// The protocol that both sides agreed on by ALPN; nil if they did not speak of it.
    package var protocolName: String? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &bytes, &count)
        guard let bytes, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }

    // MARK: - Reading

    /// Goes on with the handshake, or reads a record.
    ///
    /// - Parameter buffer: at least `recordSize` bytes: then nothing that came is left in the session, and whatever else
    ///   there is wakes the loop.
    /// - Returns: how many bytes came; 0 when no more will come; -1 when there are none for now.
    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        awaitsRoomToRead = false
        hasShaken = false
        if stage == .handshake {
            let outcome = shakeHands(buffer)
            if outcome != 1 { return outcome }
        }
        guard stage == .established else { return 0 }
        fanfare_forget_errors()
        let count = SSL_read(ssl, buffer.baseAddress, CInt(clamping: buffer.count))
        if count > 0 { return Int(count) }
        switch SSL_get_error(ssl, count) {
        case SSL_ERROR_WANT_READ:
            return -1
        case SSL_ERROR_WANT_WRITE:
            awaitsRoomToRead = true
            return -1
        case SSL_ERROR_ZERO_RETURN:
            return 0
        default:
            let isCutOff = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING
            if !isCutOff, ERR_peek_error() != 0 { failure = ErrorQueue.takeReason() }
            fail()
            return 0
        }
    }

    /// - Returns: 1 when it is done, 0 when it failed, -1 when it goes on later.
    private func shakeHands(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        // The last message of a client is in up to three records; whoever sends more waits for a turn.
        for _ in 0..<3 {
            let outcome = takeRecord(buffer)
            if outcome != 1 { return outcome }
            fanfare_forget_errors()
            hasShaken = true
            let result = SSL_do_handshake(ssl)
            if result == 1 {
                stage = .established
                transport.pointee.intake = nil
                return 1
            }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ:
                if transport.pointee.intake == nil { return -1 }
                transport.pointee.intake?.beginNext()
            case SSL_ERROR_WANT_WRITE:
                awaitsRoomToRead = true
                return -1
            default:
                let verdict = SSL_get_verify_result(ssl)
                if verdict != Int(X509_V_OK), let reason = X509_verify_cert_error_string(verdict) {
                    fail(handshake: String(cString: reason))
                } else {
                    fail(handshake: ERR_peek_last_error() == 0 ? Self.isGone : ErrorQueue.takeReason())
                }
                return 0
            }
        }
        return -1
    }

    /// Reads what is missing of a record of the client's, if OpenSSL is to see whole ones only.
    ///
    /// - Returns: 1 when OpenSSL has something to do, 0 when there will be nothing, -1 when that comes later.
    private func takeRecord(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        while let missing = transport.pointee.intake?.missing, missing > 0 {
            let count = transport.pointee.receive(UnsafeMutableRawBufferPointer(rebasing: buffer[..<missing]))
            if count < 0, SocketTransport.isTransient(errno) { return -1 }
            guard count > 0 else {
                fail(handshake: Self.isGone)
                return 0
            }
            // What a client says in clear after the first answer it says again, and with TLS 1.3 only.
            let refusal = transport.pointee.intake?.take(
                UnsafeRawBufferPointer(rebasing: buffer[..<count]), isPlain: SSL_version(ssl) == TLS1_3_VERSION)
            switch refusal {
            case nil: continue
            case .inClear:
                wasSpokenToInClear = true
                fail(handshake: "it was a request in clear")
            case .malformed(let reason): fail(handshake: reason)
            }
            return 0
        }
        return 1
    }

    private static let isGone = "the other side closed the connection"

    // MARK: - Writing

    /// Whether bytes that were taken are still to be sent: `flush` is to be called when the socket has room.
    package var hasUnsent: Bool { !unsent.isEmpty }

    /// Takes bytes to send, as many as the socket takes, and then at most one record more.
    ///
    /// - Returns: how many it took; fewer than there are, or `hasUnsent`, when the socket is full; -1 when the
    ///   connection is broken.
    package func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        if !unsent.isEmpty, let stopped = flush() { return stopped }
        guard stage == .established else { return stage == .handshake ? 0 : -1 }
        var taken = 0
        while taken < bytes.count {
            let piece = UnsafeRawBufferPointer(
                rebasing: bytes[taken..<min(bytes.count, taken + Self.recordSize)])
            let count = writeRecord(piece)
            if count < 0 { return -1 }
            if count == 0 {
                unsent = Array(piece)
                return taken + piece.count
            }
            taken += count
        }
        return taken
    }

    /// Sends what was taken before.
    ///
    /// - Returns: nil when all of it is sent; 0 when the socket is still full; -1 when the connection is broken.
    package func flush() -> Int? {
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes { writeRecord($0) }
            if count <= 0 { return count }
            if count == unsent.count { unsent = [] } else { unsent.removeFirst(count) }
        }
        return nil
    }

    /// - Returns: how many bytes are sent; 0 when the socket is full; -1 when the connection is broken.
    private func writeRecord(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard stage == .established else { return -1 }
        fanfare_forget_errors()
        let count = SSL_write(ssl, bytes.baseAddress, CInt(bytes.count))
        if count > 0 { return Int(count) }
        if SSL_get_error(ssl, count) == SSL_ERROR_WANT_WRITE { return 0 }
        // Nothing is negotiated again, so writing waits for reading only when a message of TLS itself comes in pieces.
        // No client has a reason for that.
        fail()
        return -1
    }

    // MARK: - The end

    /// Sends what was taken before, and says that nothing more will be sent. To be called again when the socket has room.
    ///
    /// - Returns: nil when that is done; 0 when the socket is still full; -1 when the connection is broken.
    package func end() -> Int? {
        if let stopped = flush() { return stopped }
        guard stage == .established else { return nil }
        fanfare_forget_errors()
        // An answer of TLS itself that is in the way goes first.
        var result = SSL_do_handshake(ssl)
        if result == 1 { result = SSL_shutdown(ssl) }
        if result < 0, SSL_get_error(ssl, result) == SSL_ERROR_WANT_WRITE { return 0 }
        fanfare_forget_errors()
        stage = .over
        return nil
    }

    /// Says that nothing more will be sent, if that can be said at once.
    package func close() {
        if unsent.isEmpty { _ = end() }
        stage = .over
    }

    private func fail() {
        fanfare_forget_errors()
        stage = .over
        unsent = []
    }

    private func fail(handshake reason: String) {
        handshakeFailure = reason
        fail()
    }

    /// Tells whether the other side will have to be who it is said to be.
    private func expect(_ host: String) -> Bool {
        // Whoever has any certificate would do.
        if host.isEmpty { return false }
        let parameters = SSL_get0_param(ssl)
        // An address is not named in a handshake (RFC 6066 section 3).
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 { return true }
        fanfare_forget_errors()
        X509_VERIFY_PARAM_set_hostflags(
            parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        return X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 && fanfare_tls_ask_for_name(ssl, host) == 1
    }
}
