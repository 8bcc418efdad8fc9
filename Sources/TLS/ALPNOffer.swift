// Owns the reading of the protocols that a client offers (RFC 7301). It comes from the network: no length in it may lead
// beyond its end.

/// What a client offers.
struct ALPNOffer {
    private let bytes: UnsafeBufferPointer<UInt8>

    /// Names, each behind its length.
    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Where the first name of a server's list, in the same form, stands in the offer; nil if it has none of them.
    func first(of list: [UInt8]) -> Range<Int>? {
        let own = list.withUnsafeBufferPointer { Self.names(in: $0) }
        let offered = Self.names(in: bytes)
        for name in own {
            if let match = offered.first(where: { bytes[$0].elementsEqual(list[name]) }) { return match }
        }
        return nil
    }

    private static func names(in bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var names: [Range<Int>] = []
        var index = 0
        while index < bytes.count {
            let name = index + 1..<index + 1 + Int(bytes[index])
            guard name.upperBound <= bytes.count else { break }
            names.append(name)
            index = name.upperBound
        }
        return names
    }
}
