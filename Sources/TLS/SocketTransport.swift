// Owns the way of a session's bytes to and from a socket. OpenSSL's own would end the process, on some systems, when the
// other side is gone. Must never wait, nor close the descriptor.

import COpenSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A socket, as OpenSSL reads and writes it.
enum SocketTransport {
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

    /// A transport over a descriptor, which somebody else closes; nil when there is no memory.
    static func make(on fd: Int32) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method) else { return nil }
        // A descriptor of 0 would look like none.
        BIO_set_data(bio, UnsafeMutableRawPointer(bitPattern: Int(fd) + 1))
        return bio
    }

    private static func descriptor(of bio: OpaquePointer?) -> Int32 { Int32(Int(bitPattern: BIO_get_data(bio)) - 1) }

    private static let receive: @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, CInt) -> CInt = {
        bio, bytes, count in
        fanfare_bio_begin(bio)
        let received = systemReceive(descriptor(of: bio), bytes, Int(count))
        if received < 0, isTransient(errno) { fanfare_bio_await_bytes(bio) }
        return CInt(truncatingIfNeeded: received)
    }

    private static let send: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, CInt) -> CInt = {
        bio, bytes, count in
        fanfare_bio_begin(bio)
        let sent = systemSend(descriptor(of: bio), bytes, Int(count))
        if sent < 0, isTransient(errno) { fanfare_bio_await_room(bio) }
        return CInt(truncatingIfNeeded: sent)
    }

    private static func isTransient(_ code: Int32) -> Bool { code == EAGAIN || code == EWOULDBLOCK || code == EINTR }
}

private func systemReceive(_ fd: Int32, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    recv(fd, bytes, count, 0)
}

private func systemSend(_ fd: Int32, _ bytes: UnsafePointer<CChar>?, _ count: Int) -> Int {
    #if os(Linux)
        return send(fd, bytes, count, Int32(MSG_NOSIGNAL))
    #else
        return send(fd, bytes, count, 0)
    #endif
}
