// Owns base64url as tokens and keys are written in (RFC 7515 section 2). Must never take two texts for the same bytes:
// what has padding, white space or loose bits at its end is refused.

/// Bytes as letters of a URL (RFC 4648 section 5), without padding.
enum Base64URL {
    /// The bytes that a text stands for; nil if it is not exactly how they are written.
    static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        let count = text.count
        guard count % 4 != 1 else { return nil }
        let isSound: Bool
        var bytes = [UInt8](repeating: 0, count: count / 4 * 3 + max(count % 4 - 1, 0))
        isSound = bytes.withUnsafeMutableBufferPointer { bytes in
            var (bits, held, end): (UInt32, Int, Int) = (0, 0, 0)
            for index in 0..<count {
                let value = values[Int(text[index])]
                if value > 63 { return false }
                bits = bits << 6 | UInt32(value)
                held += 6
                if held >= 8 {
                    held -= 8
                    bytes[end] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
                    end += 1
                }
            }
            return bits & (1 << UInt32(held) - 1) == 0
        }
        return isSound ? bytes : nil
    }

    /// The same of a string.
    static func decode(_ text: String) -> [UInt8]? { decode(text.utf8.span) }

    /// The text of some bytes.
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var (bits, held): (UInt32, Int) = (0, 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            held += 8
            while held >= 6 {
                held -= 6
                text.append(letters[Int(bits >> UInt32(held) & 63)])
            }
        }
        if held > 0 { text.append(letters[Int(bits << UInt32(6 - held) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of each letter, and 255 for what is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()
}
