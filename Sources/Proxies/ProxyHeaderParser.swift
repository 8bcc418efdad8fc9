// Owns the header of the PROXY protocol, versions 1 and 2, as bytes. Must never take a byte beyond it: what follows is
// another's. Holds no more than the addresses take.

/// Reads the header that a proxy puts before a connection's first byte.
package struct ProxyHeaderParser: Sendable {
    /// What there is to be done.
    package enum Action: Sendable, Equatable {
        /// All bytes were taken, and more must come.
        case needsMore
        /// The header is whole. The address is the client's; nil if the connection is the proxy's own, or it cannot tell.
        case done(ClientAddress?)
        /// It is no such header, or a broken one.
        case failed(String)
    }

    /// The most bytes that a header of version 2 may have, with what it adds to the addresses.
    package static var mostBytes: Int { 4096 }

    /// The most bytes of version 1, with the line's end.
    private static var mostLine: Int { 107 }
    /// What each header of version 2 has: signature, version and command, family and protocol, length.
    private static var fixed: Int { 16 }
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let word = Array("PROXY ".utf8)

    /// What came, as far as it is of interest.
    private var bytes: [UInt8] = []
    /// Of version 2: how many bytes are left that are of none.
    private var skipped = 0

    /// Begins with a new connection.
    package init() {}

    /// Whether nothing has come yet.
    package var isEmpty: Bool { bytes.isEmpty }

    /// Takes bytes up to the end of the header. Once it gave anything but `needsMore` it is not to be called again.
    ///
    /// - Parameters:
    ///   - input: what has come.
    ///   - offset: where the bytes begin that were not taken yet; moved behind those that are.
    package mutating func next(_ input: Span<UInt8>, from offset: inout Int) -> Action {
        while offset < input.count {
            if skipped > 0 {
                let some = min(skipped, input.count - offset)
                offset += some
                skipped -= some
                if skipped == 0 { return .done(source) }
            } else {
                bytes.append(input[offset])
                offset += 1
                if let action = bytes[0] == Self.signature[0] ? binary() : text() { return action }
            }
        }
        return .needsMore
    }

    private static var noHeader: Action { .failed("it does not begin with a header of the PROXY protocol") }

    // MARK: - Version 1

    /// Judges the text so far, of which one more byte has come.
    private func text() -> Action? {
        let count = bytes.count
        let byte = bytes[count - 1]
        if count <= Self.word.count { return byte == Self.word[count - 1] ? nil : Self.noHeader }
        if (bytes[count - 2] == 0x0D) != (byte == 0x0A) { return .failed("its line does not end with CR LF") }
        if byte == 0x0A { return line(bytes[Self.word.count..<(count - 2)]) }
        return count < Self.mostLine ? nil : .failed("its line has more than \(Self.mostLine) bytes")
    }

    /// `TCP4 SOURCE DESTINATION PORT PORT`, the same with TCP6, or `UNKNOWN` and anything.
    private func line(_ line: ArraySlice<UInt8>) -> Action {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        let kind = parts[0]
        if kind.elementsEqual("UNKNOWN".utf8) { return .done(nil) }
        let isV6 = kind.elementsEqual("TCP6".utf8)
        guard isV6 || kind.elementsEqual("TCP4".utf8) else {
            return .failed("its protocol is none of TCP4, TCP6, UNKNOWN")
        }
        guard parts.count == 5, let source = Self.address(parts[1], isV6), Self.address(parts[2], isV6) != nil,
            let port = Self.port(parts[3]), Self.port(parts[4]) != nil
        else { return .failed("its addresses or ports are malformed") }
        return .done(ClientAddress(source, port: port))
    }

    private static func address(_ text: ArraySlice<UInt8>, _ isV6: Bool) -> IPAddress? {
        guard text.contains(UInt8(ascii: ":")) == isV6 else { return nil }
        return IPAddress(String(decoding: text, as: UTF8.self))
    }

    private static func port(_ text: ArraySlice<UInt8>) -> UInt16? {
        guard text.allSatisfy({ (0x30...0x39).contains($0) }), text.count == 1 || text.first != 0x30 else { return nil }
        return UInt16(String(decoding: text, as: UTF8.self))
    }

    // MARK: - Version 2

    /// Judges the bytes so far, of which one more has come.
    private mutating func binary() -> Action? {
        let count = bytes.count
        if count <= Self.signature.count { return bytes[count - 1] == Self.signature[count - 1] ? nil : Self.noHeader }
        if count < Self.fixed { return nil }
        if count == Self.fixed {
            guard bytes[12] >> 4 == 2, bytes[12] & 0xF < 2 else {
                return .failed("its version or its command is unknown")
            }
            guard bytes[13] >> 4 < 4, bytes[13] & 0xF < 3 else {
                return .failed("its family or its protocol is unknown")
            }
            guard Self.fixed + length <= Self.mostBytes else {
                return .failed("it has more than \(Self.mostBytes) bytes")
            }
            guard length >= addressBytes else { return .failed("it is too short for its addresses") }
        }
        guard count == Self.fixed + addressBytes else { return nil }
        skipped = length - addressBytes
        return skipped == 0 ? .done(source) : nil
    }

    /// How many bytes follow the fixed ones.
    private var length: Int { Int(bytes[14]) << 8 | Int(bytes[15]) }

    /// How many of them are addresses and ports. Those of a connection that is the proxy's own say nothing, and of
    /// families other than IPv4 and IPv6, or protocols other than TCP, nothing is known.
    private var addressBytes: Int {
        guard bytes[12] & 0xF == 1 else { return 0 }
        switch bytes[13] {
        case 0x11: return 12
        case 0x21: return 36
        default: return 0
        }
    }

    /// The client's address: it stands first, and its port after both addresses.
    private var source: ClientAddress? {
        let size = addressBytes == 12 ? 4 : 16
        guard addressBytes > 0, let ip = IPAddress(bytes[Self.fixed..<(Self.fixed + size)]) else { return nil }
        let port = Self.fixed + 2 * size
        return ClientAddress(ip, port: UInt16(bytes[port]) << 8 | UInt16(bytes[port + 1]))
    }
}
