// Owns addresses as values, and their text. Must never ask the system, nor take a name for an address.

/// An IPv4 or IPv6 address. An IPv4 address that is written as an IPv6 one (`::ffff:192.0.2.1`) is the IPv4 address:
/// nobody gets around a rule by the way an address is written.
package struct IPAddress: Sendable, Hashable {
    /// The first and the second half, in the form that holds both kinds (RFC 4291 section 2.5.5.2).
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An address of 4 or 16 bytes, in the order of the network; nil for any other number of them.
    package init?(_ bytes: some Collection<UInt8>) {
        func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: self.init(high: 0, low: Self.mappedMark | number(bytes))
        case 16: self.init(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
        default: return nil
        }
    }

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets and without a zone; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let text = Array(text.utf8)
        if text.contains(UInt8(ascii: ":")) {
            guard let groups = Self.groups(text[...]) else { return nil }
            self.init(groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
        } else {
            guard let bytes = Self.quad(text[...]) else { return nil }
            self.init(bytes)
        }
    }

    /// What stands before the 32 bits of an IPv4 address in the second half.
    private static var mappedMark: UInt64 { 0xFFFF << 32 }

    /// Whether it is an IPv4 address.
    package var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Whether only this machine has it: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool { isV4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

    /// Whether it is good on one link only: 169.254.0.0/16 (RFC 3927) or fe80::/10.
    package var isLinkLocal: Bool { isV4 ? low >> 16 & 0xFFFF == 0xA9FE : high >> 54 == 0x3FA }

    /// What one client is given as a rule: an IPv4 address, or an IPv6 network of 64 bits, of which it may take any
    /// address (RFC 6177). Who counts clients counts these.
    package var site: IPAddress { isV4 ? self : IPAddress(high: high, low: 0) }

    // MARK: - Text

    /// Four numbers with dots between them. A leading zero is refused: some take such a number for an octal one.
    private static func quad(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard part.allSatisfy({ (0x30...0x39).contains($0) }), part.count == 1 || part.first != 0x30,
                part.count <= 3, let byte = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// The eight groups of an IPv6 address (RFC 4291 section 2.2).
    private static func groups(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        // The longest there is: six groups, and an IPv4 address.
        guard text.count <= 45 else { return nil }
        var front: [UInt16] = []
        var back: [UInt16]?
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var index = 0
        while index < parts.count {
            let part = parts[index]
            index += 1
            var some: [UInt16] = []
            if part.isEmpty {
                // "::" once: an empty part within, or two at an end.
                guard back == nil else { return nil }
                if index == 1 {
                    guard parts.count > 2, parts[1].isEmpty else { return nil }
                    index = parts.count == 3 && parts[2].isEmpty ? 3 : 2
                } else if index == parts.count - 1, parts[index].isEmpty {
                    index += 1
                } else if index == parts.count {
                    return nil
                }
                back = []
                continue
            } else if index == parts.count, let quad = quad(part) {
                some = [UInt16(quad[0]) << 8 | UInt16(quad[1]), UInt16(quad[2]) << 8 | UInt16(quad[3])]
            } else {
                guard part.count <= 4, part.first != UInt8(ascii: "+"), part.first != UInt8(ascii: "-"),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                some = [group]
            }
            if back == nil { front += some } else { back! += some }
        }
        let missing = 8 - front.count - (back?.count ?? 0)
        guard let back else { return missing == 0 ? front : nil }
        // It stands for one group at least.
        return missing > 0 ? front + Array(repeating: 0, count: missing) + back : nil
    }
}

extension IPAddress: CustomStringConvertible {
    /// As RFC 5952 has it: in lower case, the longest run of zeros left out.
    package var description: String {
        if isV4 { return (0..<4).reversed().map { String(low >> ($0 * 8) & 0xFF) }.joined(separator: ".") }
        let groups = [high, low].flatMap { half in
            (0..<4).reversed().map { UInt16(truncatingIfNeeded: half >> ($0 * 16)) }
        }
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(1, longest.count) { longest = start..<index }
            start = index + 1
        }
        func text(_ groups: ArraySlice<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if longest.isEmpty { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }
}
