import QRCode

/// Reads small codes of the lowest correction by the book (ISO/IEC 18004, section 12), damage not allowed for: what is
/// not exactly as the standard has it is nil.
struct CodeReader {
    private let code: QRCode
    private let version: Int

    /// What a code says; versions 1 to 5, in which the codewords are one block.
    static func read(_ code: QRCode) -> String? {
        guard (code.size - 17) % 4 == 0, (1...5).contains((code.size - 17) / 4) else { return nil }
        return CodeReader(code: code, version: (code.size - 17) / 4).text
    }

    private var text: String? {
        guard let mask, hasPatterns else { return nil }
        let codewords = codewords(mask)
        let corrections = [7, 10, 15, 20, 26][version - 1]
        guard Self.isWhole(codewords, corrections) else { return nil }
        // Four bits of mode, eight of the length, then bytes that stand across the codewords.
        func byte(_ index: Int) -> UInt8 { codewords[index] << 4 | codewords[index + 1] >> 4 }
        guard codewords[0] >> 4 == 0b0100 else { return nil }
        let count = Int(byte(0))
        guard count + 2 <= codewords.count - corrections else { return nil }
        return String(validating: (1...max(count, 1)).prefix(count).map(byte), as: UTF8.self)
    }

    /// The number of the mask, if both copies of the format say the same and it is the lowest correction.
    private var mask: Int? {
        func bits(_ places: [(row: Int, column: Int)]) -> Int {
            places.reduce(0) { $0 << 1 | (code.isDark(row: $1.row, column: $1.column) ? 1 : 0) }
        }
        let last = code.size - 1
        let first = bits(
            [0, 1, 2, 3, 4, 5, 7, 8].map { (8, $0) } + [7, 5, 4, 3, 2, 1, 0].map { ($0, 8) })
        let second = bits((0..<7).map { (last - $0, 8) } + (0..<8).map { (8, last - 7 + $0) })
        guard first == second else { return nil }
        return (0..<8).first { mask in
            let data = 0b01 << 3 | mask
            var remainder = data
            for _ in 0..<10 { remainder = remainder << 1 ^ (remainder >> 9) * 0b101_0011_0111 }
            return (data << 10 | remainder) ^ 0b101_0100_0001_0010 == first
        }
    }

    /// Whether the patterns are there by which a camera finds the code and its grid.
    private var hasPatterns: Bool {
        let last = code.size - 1
        let finders = [(3, 3), (3, last - 3), (last - 3, 3)].allSatisfy { ring(around: $0, [true, true, false, true]) }
        let timing = (8...last - 8).allSatisfy {
            code.isDark(row: 6, column: $0) == ($0 % 2 == 0) && code.isDark(row: $0, column: 6) == ($0 % 2 == 0)
        }
        let alignment = version == 1 || ring(around: (last - 6, last - 6), [true, false, true])
        return finders && timing && alignment && code.isDark(row: last - 7, column: 8)
    }

    /// Whether squares around a module have these colours, from the inside to the outside.
    private func ring(around center: (row: Int, column: Int), _ colours: [Bool]) -> Bool {
        let reach = colours.count - 1
        return (-reach...reach).allSatisfy { down in
            (-reach...reach).allSatisfy { right in
                code.isDark(row: center.row + down, column: center.column + right)
                    == colours[max(abs(down), abs(right))]
            }
        }
    }

    private func isFunction(_ row: Int, _ column: Int) -> Bool {
        let size = code.size
        if row < 9, column < 9 || column >= size - 8 { return true }
        if column < 9, row >= size - 8 { return true }
        if row == 6 || column == 6 { return true }
        return version > 1 && abs(row - (size - 7)) <= 2 && abs(column - (size - 7)) <= 2
    }

    /// The bytes in the order in which they lie: up and down in pairs of columns, from the right.
    private func codewords(_ mask: Int) -> [UInt8] {
        var bits: [Bool] = []
        var isUpward = true
        for right in [Int](stride(from: code.size - 1, to: 6, by: -2)) + [5, 3, 1] {
            for step in 0..<code.size {
                let row = isUpward ? code.size - 1 - step : step
                for column in [right, right - 1] where !isFunction(row, column) {
                    bits.append(code.isDark(row: row, column: column) != Self.isInverted(row, column, mask))
                }
            }
            isUpward.toggle()
        }
        return (0..<bits.count / 8).map { byte in bits[byte * 8..<byte * 8 + 8].reduce(0) { $0 << 1 | ($1 ? 1 : 0) } }
    }

    private static func isInverted(_ row: Int, _ column: Int, _ mask: Int) -> Bool {
        let product = row * column
        return switch mask {
        case 0: (row + column) % 2 == 0
        case 1: row % 2 == 0
        case 2: column % 3 == 0
        case 3: (row + column) % 3 == 0
        case 4: (row / 2 + column / 3) % 2 == 0
        case 5: product % 2 + product % 3 == 0
        case 6: (product % 2 + product % 3) % 2 == 0
        default: ((row + column) % 2 + product % 3) % 2 == 0
        }
    }

    /// Whether the codewords are a word of the Reed-Solomon code: no syndrome is left.
    private static func isWhole(_ codewords: [UInt8], _ corrections: Int) -> Bool {
        var root: UInt8 = 1
        for _ in 0..<corrections {
            guard codewords.reduce(0, { product($0, root) ^ $1 }) == 0 else { return false }
            root = product(root, 2)
        }
        return true
    }

    /// In the field of 256 elements, modulo 0x11D.
    private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var sum = 0
        for bit in 0..<8 where right >> bit & 1 == 1 { sum ^= Int(left) << bit }
        for bit in (8..<16).reversed() where sum >> bit & 1 == 1 { sum ^= 0x11D << (bit - 8) }
        return UInt8(sum)
    }
}
