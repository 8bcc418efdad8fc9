// Owns ranges of addresses, as people write them. A range must never hold addresses of the other kind: ::/0 is not
// everyone.

/// A range of addresses, in CIDR's notation (RFC 4632 and RFC 4291 section 2.3).
package struct AddressRange: Sendable, Hashable {
    private let first: IPAddress
    /// How many leading bits all addresses of the range share, of 128.
    private let bits: Int
    private let isV4: Bool

    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or one address alone; nil for anything else. Bits after the prefix do not
    /// count.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        // An IPv4 address in IPv6's notation has a prefix in that notation too.
        let isWide = parts[0].utf8.contains(UInt8(ascii: ":"))
        let most = isWide ? 128 : 32
        var prefix = most
        if parts.count == 2 {
            let digits = parts[1]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.utf8.count <= 3,
                let number = Int(digits), number <= most
            else { return nil }
            prefix = number
        }
        bits = isWide ? prefix : prefix + 96
        // Of ::ffff:0:0/90, say, the IPv4 addresses are only a part.
        isV4 = address.isV4 && bits >= 96
        first = Self.masked(address, bits)
    }

    /// Whether an address is in the range.
    package func contains(_ address: IPAddress) -> Bool {
        address.isV4 == isV4 && Self.masked(address, bits) == first
    }

    private static func masked(_ address: IPAddress, _ bits: Int) -> IPAddress {
        // A shift by 64 or more gives 0.
        IPAddress(
            high: address.high & ~(UInt64.max >> UInt64(min(bits, 64))),
            low: address.low & ~(UInt64.max >> UInt64(max(0, bits - 64))))
    }
}
