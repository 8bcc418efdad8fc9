// Owns a listening socket. Must never share its port with another program's without a word.

import Synchronization
package import TLS

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A socket that takes connections in. It closes itself when nobody holds it any more, or when it is told to.
package final class Listener: Sendable {
    let fd: Int32
    private let isClosed = Atomic<Bool>(false)
    /// Where it listens; the port is the one that the system picked, if 0 was asked for.
    package let address: SocketAddress
    /// What a connection shows the other side over TLS; nil where HTTP is spoken in clear.
    let credentials: Credentials?

    /// Listens on an address, once for each of some workers: the system spreads connections over them.
    ///
    /// - Parameters:
    ///   - address: where; port 0 has the system pick one, the same for all.
    ///   - count: how many listeners.
    ///   - credentials: what connections show over TLS; nil has them speak in clear.
    /// - Throws: `NetworkError`, also when another program listens there already.
    package static func listeners(
        at address: SocketAddress, count: Int, showing credentials: Credentials? = nil
    ) throws(NetworkError) -> [Listener] {
        if count == 1 { return [try Listener(at: address, sharing: false, credentials)] }
        var concrete = address
        var listeners: [Listener] = []
        if address.port == 0 {
            listeners.append(try Listener(at: address, sharing: true, credentials))
            concrete.port = listeners[0].address.port
        } else {
            // A listener that shares its port would join another hub's without a word. One that does not finds out.
            _ = try Listener(at: address, sharing: false, nil)
        }
        while listeners.count < count { listeners.append(try Listener(at: concrete, sharing: true, credentials)) }
        return listeners
    }

    private init(at wanted: SocketAddress, sharing: Bool, _ credentials: Credentials?) throws(NetworkError) {
        self.credentials = credentials
        fd = socket(wanted.family, streamSocket, 0)
        guard fd >= 0 else { throw NetworkError(errno: "cannot listen on \(wanted)") }
        Socket.setNonblocking(fd)
        Socket.set(fd, SOL_SOCKET, SO_REUSEADDR, 1)
        if sharing { Socket.set(fd, SOL_SOCKET, SO_REUSEPORT, 1) }
        if wanted.family == AF_INET6 { Socket.set(fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        Socket.prepareForStreams(fd)
        let descriptor = fd
        let isListening = wanted.withSockaddr { bind(descriptor, $0, $1) } == 0 && listen(fd, 4096) == 0
        guard isListening, let bound = SocketAddress.of({ getsockname(descriptor, $0, $1) }) else {
            let error = NetworkError(errno: "cannot listen on \(wanted)")
            closeDescriptor(fd)
            throw error
        }
        address = bound
    }

    deinit { close() }

    /// Stops listening. Connections that nobody has taken in yet are refused.
    func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { closeDescriptor(fd) }
    }
}
