// Owns the bytes of a client's handshake until there is a whole record of them, and the judgement whether OpenSSL is to
// see it: OpenSSL takes as much memory as a message declares, and waits for the rest. Must never hold more than came, nor
// read a byte of what follows.

/// What comes while hands are shaken (RFC 8446 section 5.1, RFC 5246 section 6.2), record by record.
struct HandshakeIntake {
    /// A part of a record; or all of it, as far as it is not handed on yet.
    private var bytes: [UInt8] = []
    private var handedOn = 0
    /// How much of a message that began in an earlier record is still to come.
    private var messageLeft = 0
    /// Whether the first record is still to come, or not whole.
    private var isAtFirst = true

    /// What is declared as longer than this is not waited for; real ones have a tenth of it.
    private static let mostHello = 16 << 10
    /// A record, with what encryption adds to it (RFC 5246 section 6.2.3).
    private static let mostRecord = 16 << 10 | 2 << 10
    private static let header = 5

    /// Why no handshake comes of it.
    enum Refusal: Equatable {
        /// A request of HTTP in clear.
        case inClear
        case malformed(String)
    }

    /// How many bytes to read next; 0 when there is a whole record.
    var missing: Int {
        if bytes.count < Self.header { return Self.header - bytes.count }
        return max(0, Self.header + declared - bytes.count)
    }

    private var declared: Int { Int(bytes[3]) << 8 | Int(bytes[4]) }

    /// Takes what was read: no more than is missing.
    ///
    /// - Parameter isPlain: whether a record that says that it is of a handshake is not encrypted.
    /// - Returns: why this is the end; nil when it is not.
    mutating func take(_ some: UnsafeRawBufferPointer, isPlain: Bool) -> Refusal? {
        bytes += some
        guard bytes.count >= Self.header else {
            return isAtFirst && Self.isLetter(bytes[0]) ? .inClear : nil
        }
        if isAtFirst, Self.isLetter(bytes[0]) { return .inClear }
        guard (Kind.first...Kind.last).contains(bytes[0]) else { return .malformed("it is not TLS") }
        guard declared <= Self.mostRecord else { return .malformed("a record is too long") }
        guard missing == 0 else { return nil }
        if bytes[0] == Kind.handshake, isPlain || isAtFirst, let refusal = judgeMessage() { return refusal }
        isAtFirst = false
        return nil
    }

    /// Hands on as much of a record as fits; 0 when it has been handed on in full, or is not whole.
    mutating func hand(to place: UnsafeMutableRawBufferPointer) -> Int {
        guard missing == 0 else { return 0 }
        let count = min(place.count, bytes.count - handedOn)
        place.copyBytes(from: bytes[handedOn..<handedOn + count])
        handedOn += count
        return count
    }

    /// The record was handed on: now for the next.
    mutating func beginNext() {
        bytes = []
        handedOn = 0
    }

    private mutating func judgeMessage() -> Refusal? {
        if messageLeft > 0 {
            messageLeft = max(0, messageLeft - declared)
            return nil
        }
        guard declared >= 4 else { return .malformed("the head of a message is in pieces") }
        // All but a greeting is OpenSSL's to judge, which has limits for it.
        guard bytes[Self.header] == Kind.hello else { return nil }
        let length = bytes[Self.header + 1..<Self.header + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.mostHello else { return .malformed("a message is too long") }
        messageLeft = max(0, length + 4 - declared)
        return nil
    }

    /// What a request begins with: no record does (RFC 9110 section 9.1 has all methods in upper case).
    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }

    /// What a record is, and a message in it.
    private enum Kind {
        static let first: UInt8 = 20
        static let handshake: UInt8 = 22
        static let last: UInt8 = 24
        static let hello: UInt8 = 1
    }
}
