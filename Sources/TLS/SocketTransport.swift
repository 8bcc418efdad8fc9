// Owns the way of a session's bytes to and from a socket. OpenSSL's own would end the process, on some systems, when the
// other side is gone. Must never wait, nor close the descriptor.

import COpenSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A socket, as OpenSSL reads and writes it.
struct SocketTransport {
    private let fd: Int32
    /// What a client says until hands are shaken; nil from then on, and on the client's own side.
    var intake: HandshakeIntake?

    init(_ fd: Int32, intake: HandshakeIntake?) {
        self.fd = fd
        self.intake = intake
    }

    /// Reads from the socket itself: as `recv` does.
    func receive(_ bytes: UnsafeMutableRawBufferPointer) -> Int { systemReceive(fd, bytes.baseAddress, bytes.count) }

    /// Whether `errno` only says that there is nothing to do right now.
    static func isTransient(_ code: Int32) -> Bool { code == EAGAIN || code == EWOULDBLOCK || code == EINTR }

    private nonisolated(unsafe) static let method: OpaquePointer? = {
        // SAFETY: made once, never changed after that, and never freed.
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket") else { return nil }
        BIO_meth_set_create(method) { bio in
            BIO_set_init(bio, 1)
            return 1
        }
        BIO_meth_set_read(method, receive)
        BIO_meth_set_write(method, send)
        BIO_meth_set_ctrl(method) { _, command, _, _ in
            // There is no buffer that could be flushed; all else is unknown here.
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return method
    }()

    /// OpenSSL's view of a transport, which has to be there as long; nil when there is no memory.
    static func bio(over transport: UnsafeMutablePointer<SocketTransport>) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, transport)
        return bio
    }

    private static func transport(of bio: OpaquePointer?) -> UnsafeMutablePointer<SocketTransport>? {
        BIO_get_data(bio)?.assumingMemoryBound(to: SocketTransport.self)
    }

    private static let receive: @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, CInt) -> CInt = {
        bio, bytes, count in
        fanfare_bio_begin(bio)
        guard let transport = transport(of: bio) else { return -1 }
        let place = UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))
        if let held = transport.pointee.intake?.hand(to: place) {
            // The next record comes when this one has done its work.
            if held == 0 { fanfare_bio_await_bytes(bio) }
            return held > 0 ? CInt(held) : -1
        }
        let received = transport.pointee.receive(place)
        if received < 0, isTransient(errno) { fanfare_bio_await_bytes(bio) }
        return CInt(truncatingIfNeeded: received)
    }

    private static let send: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, CInt) -> CInt = {
        bio, bytes, count in
        fanfare_bio_begin(bio)
        guard let transport = transport(of: bio) else { return -1 }
        let sent = systemSend(transport.pointee.fd, bytes, Int(count))
        if sent < 0, isTransient(errno) { fanfare_bio_await_room(bio) }
        return CInt(truncatingIfNeeded: sent)
    }
}

private func systemReceive(_ fd: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    recv(fd, bytes, count, 0)
}

private func systemSend(_ fd: Int32, _ bytes: UnsafePointer<CChar>?, _ count: Int) -> Int {
    #if os(Linux)
        return send(fd, bytes, count, Int32(MSG_NOSIGNAL))
    #else
        return send(fd, bytes, count, 0)
    #endif
}
