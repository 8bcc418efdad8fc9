// Owns the form of ids. A publisher's own must never be taken for one of the hub's.

/// Where an event stands in the log: 1 for the first, and only ever higher.
package typealias Position = Int

/// The id of an event, as a stream tells it and a client gives it back: `EPOCH-POSITION`, or a publisher's own.
package enum EventID: Hashable, Sendable {
    /// A position in the log of one epoch.
    case position(epoch: String, Position)
    /// An id that a publisher chose.
    case own(String)
    /// The client was told not to come back.
    case stop

    /// The most bytes of an id.
    package static let longest = 64
    /// The end of an id after which a client does not come back.
    package static let stopMark = "~stop"

    /// Reads what a client gives as its last id; anything at all may come.
    package init(_ text: String) {
        if text.hasSuffix(Self.stopMark) {
            self = .stop
        } else if let dash = text.utf8.lastIndex(of: UInt8(ascii: "-")),
            let position = Self.position(text[text.utf8.index(after: dash)...])
        {
            self = .position(epoch: String(text[..<dash]), position)
        } else {
            self = .own(text)
        }
    }

    /// The digits of a position, in the one way that they are written.
    private static func position(_ digits: Substring) -> Position? {
        guard let first = digits.utf8.first, first != UInt8(ascii: "0") || digits.utf8.count == 1 else { return nil }
        var value = 0
        for byte in digits.utf8 {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(byte - 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// The text of a position in an epoch.
    package static func text(epoch: String, _ position: Position) -> String {
        var bytes = InlineArray<64, UInt8>(repeating: UInt8(ascii: "0"))
        let start = write(epoch: epoch, position, toEndOf: &bytes)
        // SAFETY: digits and a dash after a whole string are UTF-8.
        return unsafe String(copying: UTF8Span(unchecked: bytes.span.extracting(start..<bytes.count)))
    }

    /// Writes the same to the end of some bytes, and tells where it begins.
    static func write(epoch: String, _ position: Position, toEndOf bytes: inout InlineArray<64, UInt8>) -> Int {
        precondition(position >= 0, "positions count from 1, and 0 is before the first")
        // From the right: the digits, the dash, the epoch.
        var start = bytes.count
        var rest = position
        repeat {
            start -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        start -= 1
        bytes[start] = UInt8(ascii: "-")
        let epoch = epoch.utf8.span
        precondition(epoch.count <= start, "an epoch's name is short")
        start -= epoch.count
        for index in epoch.indices { bytes[start + index] = epoch[index] }
        return start
    }

    /// Whether some text looks like the name of an epoch: small letters and digits, as many as `epoch` has.
    package static func isEpoch(_ text: String, like epoch: String) -> Bool {
        text.utf8.count == epoch.utf8.count
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }

    /// Refuses an id that a publisher may not choose: other than 1 to 64 bytes of `[A-Za-z0-9._~-]`, or one that
    /// looks as if the log had given it, or that would stop a client.
    package static func validate(own id: String, epoch: String) throws(HubError) {
        guard (1...longest).contains(id.utf8.count), id.utf8.allSatisfy(isUnreserved) else {
            throw HubError(.badEvent, "an id has 1 to \(longest) bytes of A-Z a-z 0-9 . _ ~ -")
        }
        guard !id.hasPrefix(epoch + "-") else {
            throw HubError(.badEvent, "an id must not begin with \"\(epoch)-\": the hub gives those out")
        }
        guard !id.hasSuffix(stopMark) else {
            throw HubError(
                .badEvent, "an id must not end with \"\(stopMark)\": it would stop a client from reconnecting")
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: byte == 0x2E || byte == 0x5F || byte == 0x7E || byte == 0x2D
        }
    }
}
