// Owns the form in which a client's address is told. A port must never be made up: proxies often leave it out.

/// The address of a client, and its port if that is known.
package struct ClientAddress: Sendable, Hashable {
    /// The address.
    package let ip: IPAddress
    /// Nil where only the address was told.
    package let port: UInt16?

    /// An address, and its port if that is known.
    package init(_ ip: IPAddress, port: UInt16? = nil) {
        self.ip = ip
        self.port = port
    }

    /// Reads what a proxy calls a node (RFC 7239 section 6): an address, an IPv6 one in brackets or alone, and after an
    /// IPv4 address or a bracket a port, which may be hidden (`_p`). Nil for names, `unknown` and what is malformed.
    package init?(node: String) {
        let text = Array(node.utf8)
        var address = text[...]
        var rest = text[text.endIndex...]
        if text.first == UInt8(ascii: "[") {
            guard let close = text.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            address = text[1..<close]
            rest = text[(close + 1)...]
            guard address.contains(UInt8(ascii: ":")) else { return nil }
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")), text.lastIndex(of: UInt8(ascii: ":")) == colon {
            address = text[..<colon]
            rest = text[colon...]
        }
        guard let ip = IPAddress(String(decoding: address, as: UTF8.self)) else { return nil }
        self.ip = ip
        guard let colon = rest.first else {
            port = nil
            return
        }
        let digits = String(decoding: rest.dropFirst(), as: UTF8.self)
        guard colon == UInt8(ascii: ":") else { return nil }
        if digits.utf8.first == UInt8(ascii: "_") {
            port = nil
        } else {
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits) else {
                return nil
            }
            port = number
        }
    }
}

extension ClientAddress: CustomStringConvertible {
    /// `192.0.2.1:50000` or `[2001:db8::1]:50000`; without a port the address alone.
    package var description: String {
        guard let port else { return ip.description }
        return ip.isV4 ? "\(ip):\(port)" : "[\(ip)]:\(port)"
    }
}
