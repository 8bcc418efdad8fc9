// Owns the grammar of host and port (RFC 3986 section 3.2). Must never let through what could be taken for two hosts, a
// user, or a path.

/// A host and its port, as in a Host field or an origin.
package struct Authority: Sendable, Hashable {
    /// In lower case; an IPv6 address keeps its brackets.
    package let host: String
    /// Nil if none was given.
    package let port: UInt16?

    /// The authority that a text spells, or nil if it is not valid or has no host.
    package init?(_ text: String) {
        let bytes = [UInt8](text.utf8)
        guard let host = Self.host(bytes, bytes.indices), !host.isEmpty else { return nil }
        self.host = String(decoding: bytes[host].map(ASCII.lowered), as: UTF8.self)
        var port: UInt16?
        for digit in bytes[host.upperBound...].dropFirst() {
            port = (port ?? 0) * 10 + UInt16(digit - ASCII.zero)
        }
        self.port = port
    }

    /// Whether the host is this machine: `localhost`, 127.0.0.0/8 or `[::1]`. No name is resolved.
    package var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The host's place in a range that is `host [":" port]`, or nil if it is not that. The host may be empty.
    static func host(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
        var index = range.lowerBound
        let end = range.upperBound
        if index < end, bytes[index] == UInt8(ascii: "[") {
            guard let close = addressEnd(bytes, index..<end) else { return nil }
            index = close
        } else {
            while index < end, bytes[index] != ASCII.colon {
                guard isName(bytes, at: &index, end: end) else { return nil }
            }
        }
        let host = range.lowerBound..<index
        guard index < end else { return host }
        guard bytes[index] == ASCII.colon, isPort(bytes, (index &+ 1)..<end) else { return nil }
        return host
    }

    /// One octet of a registered name, or a percent sign with its two digits. A comma is left out on purpose: two Host
    /// fields joined by a proxy look like that.
    @inline(__always)
    private static func isName(_ bytes: [UInt8], at index: inout Int, end: Int) -> Bool {
        let octet = bytes[index]
        if ASCII.isNameOctet(octet) {
            index &+= 1
            return true
        }
        guard octet == ASCII.percent, index &+ 2 < end, ASCII.hexValue(bytes[index &+ 1]) != nil,
            ASCII.hexValue(bytes[index &+ 2]) != nil
        else { return false }
        index &+= 3
        return true
    }

    /// The end of a bracketed IPv6 address, after the bracket.
    private static func addressEnd(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        guard let close = bytes[range].firstIndex(of: UInt8(ascii: "]")), close >= range.lowerBound + 3 else {
            return nil
        }
        let address = bytes[(range.lowerBound + 1)..<close]
        guard address.contains(ASCII.colon), address.count <= 45 else { return nil }
        for octet in address where ASCII.hexValue(octet) == nil && octet != ASCII.colon && octet != UInt8(ascii: ".") {
            return nil
        }
        return close + 1
    }

    /// Digits below 65,536, or nothing (RFC 3986 section 3.2.3).
    private static func isPort(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard range.count <= 5 else { return false }
        var port = 0
        for index in range {
            guard ASCII.isDigit(bytes[index]) else { return false }
            port = port * 10 + Int(bytes[index] &- ASCII.zero)
        }
        return port <= 65_535
    }
}

extension Authority: CustomStringConvertible {
    /// The host, and the port if one was given.
    package var description: String { port.map { "\(host):\($0)" } ?? host }
}
