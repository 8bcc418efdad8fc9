/// An address to listen on, taken apart: a host or a numeric address, and a port. It resolves no name.
package struct ListenAddress: Sendable, Equatable {
    /// Without the brackets of an IPv6 address.
    package let host: String
    /// 0 has the system pick a free one.
    package let port: UInt16

    /// Reads `ADDRESS:PORT`; an IPv6 address stands in brackets.
    package init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("[") {
            guard host.hasSuffix("]") else { return nil }
            host = host.dropFirst().dropLast()
            guard host.utf8.contains(UInt8(ascii: ":")) else { return nil }
        } else if host.utf8.contains(UInt8(ascii: ":")) {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F }) else { return nil }
        self.host = String(host)
        self.port = port
    }

    /// Whether only this machine can reach it: 127.0.0.0/8, `::1`, or `localhost`.
    package var isLoopback: Bool {
        if host == "::1" || host.lowercased() == "localhost" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
