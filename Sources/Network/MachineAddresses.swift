// Owns the list of the machine's own addresses. Must never ask another machine for one.

import CLibuv
package import Proxies

/// The addresses under which the machine can be reached on its networks.
package enum MachineAddresses {
    /// Those of the interfaces that are up, in the system's order, IPv4 first; neither loopback nor those that are good on one
    /// link only, and none if the system tells nothing.
    package static var all: [IPAddress] {
        var list: UnsafeMutablePointer<uv_interface_address_t>?
        var count: CInt = 0
        guard uv_interface_addresses(&list, &count) == 0, let list else { return [] }
        defer { uv_free_interface_addresses(list, count) }
        let addresses = (0..<Int(count)).compactMap { index -> IPAddress? in
            guard list[index].is_internal == 0, let address = address(of: list[index]) else { return nil }
            return address.isLoopback || address.isLinkLocal ? nil : address
        }
        return addresses.filter(\.isV4) + addresses.filter { !$0.isV4 }
    }

    private static func address(of interface: uv_interface_address_t) -> IPAddress? {
        switch Int32(interface.address.address4.sin_family) {
        case AF_INET: withUnsafeBytes(of: interface.address.address4.sin_addr) { IPAddress(Array($0)) }
        case AF_INET6: withUnsafeBytes(of: interface.address.address6.sin6_addr) { IPAddress(Array($0)) }
        default: nil
        }
    }
}
