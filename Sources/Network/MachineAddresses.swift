// Owns the list of the machine's own addresses. Must never ask another machine for one.

import CLibuv
package import Proxies

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The addresses under which the machine can be reached on its networks.
package enum MachineAddresses {
    /// Those of the interfaces that are up, in the system's order, IPv4 first; neither loopback nor those that are good on one
    /// link only, and none if the system tells nothing. Of each kind that comes first by which the machine reaches the rest
    /// of the world: the others may be bridges to its own containers, where nobody else is.
    package static var all: [IPAddress] {
        var list: UnsafeMutablePointer<uv_interface_address_t>?
        var count: CInt = 0
        guard uv_interface_addresses(&list, &count) == 0, let list else { return [] }
        defer { uv_free_interface_addresses(list, count) }
        let addresses = (0..<Int(count)).compactMap { index -> IPAddress? in
            guard list[index].is_internal == 0, let address = address(of: list[index]) else { return nil }
            return address.isLoopback || address.isLinkLocal ? nil : address
        }
        let (v4, v6) = (addresses.filter(\.isV4), addresses.filter { !$0.isV4 })
        return sorted(v4, first: ownAddress(towards: elsewhere)) + sorted(v6, first: ownAddress(towards: elsewhereV6))
    }

    /// The list with one of its own before the others; as it is if that is none of them.
    static func sorted(_ list: [IPAddress], first: IPAddress?) -> [IPAddress] {
        guard let first, list.contains(first) else { return list }
        return [first] + list.filter { $0 != first }
    }

    /// Addresses where nobody is, as they are kept for examples (RFC 5737 and 3849): the way there is the way everywhere.
    private static let elsewhere = IPAddress("203.0.113.1")
    private static let elsewhereV6 = IPAddress("2001:db8::1")

    /// The address from which the machine would send to another; nil if there is no way there. Nothing is sent: a datagram
    /// socket that is connected has but looked up the way.
    private static func ownAddress(towards other: IPAddress?) -> IPAddress? {
        guard let other, let there = try? SocketAddress(other.isV4 ? "\(other):9" : "[\(other)]:9") else { return nil }
        #if os(Linux)
            let fd = socket(other.isV4 ? AF_INET : AF_INET6, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        #else
            let fd = socket(other.isV4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0)
        #endif
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        guard there.withSockaddr({ connect(fd, $0, $1) }) == 0 else { return nil }
        return SocketAddress.of { getsockname(fd, $0, $1) }.flatMap { IPAddress($0.bytes) }
    }

    private static func address(of interface: uv_interface_address_t) -> IPAddress? {
        switch Int32(interface.address.address4.sin_family) {
        case AF_INET: withUnsafeBytes(of: interface.address.address4.sin_addr) { IPAddress(Array($0)) }
        case AF_INET6: withUnsafeBytes(of: interface.address.address6.sin6_addr) { IPAddress(Array($0)) }
        default: nil
        }
    }
}
