// Owns the system's form of an address, and its text. Must never look a name up: that may take seconds.

// It declares the system's addresses too, and either module may be the one that counts.
import CLibuv
package import Proxies

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An address and a port: IPv4 or IPv6.
package struct SocketAddress: Sendable, CustomStringConvertible {
    private var storage: sockaddr_storage
    private let length: socklen_t

    init(_ storage: sockaddr_storage, length: socklen_t) {
        self.storage = storage
        self.length = length
    }

    /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or `0.0.0.0:0`. No other name is looked up: which of its
    /// addresses would be meant is not said.
    ///
    /// - Throws: `NetworkError` that says what such an address looks like.
    package init(_ text: String) throws(NetworkError) {
        let wrong = NetworkError(
            "'\(text)' is not an address to listen on; write ADDRESS:PORT, as in 127.0.0.1:8080 or [::1]:8080; of names only localhost is known"
        )
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { throw wrong }
        let digits = text[text.index(after: colon)...]
        // No sign before the digits.
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else { throw wrong }
        var host = String(text[..<colon])
        // A NUL would end the text for the system, and hide what stands behind it.
        guard !host.utf8.contains(0) else { throw wrong }
        storage = sockaddr_storage()
        if host.lowercased() == "localhost" { host = "127.0.0.1" }
        if host.hasPrefix("["), host.hasSuffix("]") {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            guard inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &address.sin6_addr) == 1 else { throw wrong }
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in6.self) }
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw wrong }
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in.self) }
        }
    }

    /// `AF_INET` or `AF_INET6`.
    package var family: Int32 { Int32(storage.ss_family) }

    /// The port.
    package var port: UInt16 {
        get {
            if family == AF_INET6 { return as6.sin6_port.bigEndian }
            return as4.sin_port.bigEndian
        }
        set {
            withUnsafeMutableBytes(of: &storage) { bytes in
                // The port stands at the same place in both.
                bytes.storeBytes(of: newValue.bigEndian, toByteOffset: 2, as: UInt16.self)
            }
        }
    }

    /// Whether only this machine can reach it: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        if family == AF_INET { return UInt32(bigEndian: as4.sin_addr.s_addr) >> 24 == 127 }
        return host == "::1"
    }

    /// Whether it stands for all of the machine's addresses of its kind: 0.0.0.0 or ::.
    package var isEvery: Bool { bytes.allSatisfy { $0 == 0 } }

    /// The address without its port: 4 or 16 bytes, in the order of the network.
    package var bytes: [UInt8] {
        if family == AF_INET6 { return withUnsafeBytes(of: as6.sin6_addr) { Array($0) } }
        return withUnsafeBytes(of: as4.sin_addr) { Array($0) }
    }

    /// The address without its port, as text.
    package var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if family == AF_INET6 {
            var address = as6.sin6_addr
            inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
        } else {
            var address = as4.sin_addr
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The same as a value.
    package var client: ClientAddress? { IPAddress(bytes).map { ClientAddress($0, port: port) } }

    package var description: String { family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Lends the address to a system call.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafeBytes(of: storage) { body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), length) }
    }

    /// Asks a system call for an address.
    static func of(_ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) -> SocketAddress?
    {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutableBytes(of: &storage) {
            ask($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return status == 0 ? SocketAddress(storage, length: length) : nil
    }

    private var as4: sockaddr_in { withUnsafeBytes(of: storage) { $0.load(as: sockaddr_in.self) } }
    private var as6: sockaddr_in6 { withUnsafeBytes(of: storage) { $0.load(as: sockaddr_in6.self) } }
}
