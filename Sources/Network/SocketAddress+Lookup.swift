// Owns the looking up of names. It makes its thread wait, and so must never be called on a loop's.

// It declares the system's addresses too, and either module may be the one that counts.
import CLibuv

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension SocketAddress {
    /// The first address of a host, which is a name or an address without brackets. Names may take seconds, during which
    /// the thread waits.
    ///
    /// - Throws: `NetworkError` when there is none.
    package static func lookUp(host: String, port: UInt16) throws(NetworkError) -> SocketAddress {
        var hints = addrinfo()
        hints.ai_socktype = streamSocket
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        defer { freeaddrinfo(list) }
        guard status == 0, let first = list?.pointee, let address = first.ai_addr else {
            throw NetworkError("no address is known for \(host): \(String(cString: gai_strerror(status)))")
        }
        var storage = sockaddr_storage()
        let length = min(Int(first.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: length))
        }
        return SocketAddress(storage, length: socklen_t(length))
    }
}
