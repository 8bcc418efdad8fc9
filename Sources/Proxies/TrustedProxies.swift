// Owns whose word on a client counts. Must never take anybody's who is not in the configuration.

/// The addresses of proxies whose word on a client's address counts.
package struct TrustedProxies: Sendable {
    private let ranges: [AddressRange]

    /// Trusts whoever is in one of these ranges.
    package init(_ ranges: [AddressRange]) { self.ranges = ranges }

    /// This machine alone.
    package static var loopback: TrustedProxies {
        TrustedProxies(["127.0.0.0/8", "::1"].compactMap { AddressRange($0) })
    }

    /// Whether an address is a trusted proxy's.
    package func contains(_ address: IPAddress) -> Bool {
        for range in ranges where range.contains(address) { return true }
        return false
    }
}
