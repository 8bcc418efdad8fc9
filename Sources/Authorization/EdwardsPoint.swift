// Owns which points of Ed25519 are no public keys, though they have the form of one.

/// A point of Ed25519 as it is written: y with its low byte first, the sign of x as the last bit (RFC 8032 section 5.1.2).
enum EdwardsPoint {
    /// Whether it belongs to no private key: it is of so small an order that anybody can make signatures that fit it, or
    /// written as no point is.
    static func isUnsound(_ point: [UInt8]) -> Bool {
        guard point.count == 32 else { return true }
        var y = point
        y[31] &= 0x7F
        return smallOrders.contains(y) || isNotBelowPrime(y)
    }

    /// Whether a number is not below 2²⁵⁵ − 19: it stands for another one then, which has its own way to be written.
    private static func isNotBelowPrime(_ y: [UInt8]) -> Bool {
        y[0] >= 0xED && y[1..<31].allSatisfy { $0 == 0xFF } && y[31] == 0x7F
    }

    /// The y of the eight points whose order divides 8: of order 4, 1 and 2, then of order 8.
    private static let smallOrders: [[UInt8]] = [
        number(0, 0, 0),
        number(1, 0, 0),
        number(0xEC, 0xFF, 0x7F),
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5, 0xDF,
            0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A, 0x20,
            0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
    ]

    /// A number of 32 bytes: the lowest, those between, and the highest.
    private static func number(_ low: UInt8, _ middle: UInt8, _ high: UInt8) -> [UInt8] {
        [low] + [UInt8](repeating: middle, count: 30) + [high]
    }
}
