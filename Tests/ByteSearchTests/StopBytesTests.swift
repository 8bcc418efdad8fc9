import ByteSearch
import SeededRandomness
import Testing

struct StopBytesTests {
    static let all = [
        StopBytes(0x0A, 0x0A), StopBytes(below: 0x20, 0x22, 0x5C), StopBytes(below: 0x20, 0x7F, 0x7F),
        StopBytes(below: 0x80, 0xFF, 0x80), StopBytes(0x00, 0x0D), StopBytes(below: 0x20, 0x7F, 0xC2),
    ]

    @Test func `finds what a search byte by byte finds, wherever the range begins and ends`() {
        var random = SeededGenerator(seed: 5)
        for round in 0..<20_000 {
            let stop = Self.all[round % Self.all.count]
            // Few kinds of bytes, close to the bounds, so that runs are long and neighbours differ by a borrow.
            let kinds: [UInt8] = [
                0x61, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x7E, 0x7F, 0x80, 0xC2, 0xFF, 0, 1, 9, 10, 11, 13,
            ]
            let plain = kinds.filter { !stop.contains($0) }
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                Int.random(in: 0..<20, using: &random) == 0
                    ? kinds.randomElement(using: &random)! : plain.randomElement(using: &random)!
            }
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = Int.random(in: start...bytes.count, using: &random)
            let wanted = bytes[start..<end].firstIndex { stop.contains($0) } ?? end
            var bits: UInt64 = 0
            let found = bytes.span.firstIndex(of: stop, in: start..<end, passed: &bits)
            #expect(found == wanted, "\(bytes) \(start)..<\(end)")
            let isPassedASCII = bytes[start..<wanted].allSatisfy { $0 < 0x80 }
            #expect(isPassedASCII || bits & 0x8080_8080_8080_8080 != 0)
        }
    }

    @Test func `bits of ASCII alone say so`() {
        let bytes = [UInt8]("nothing but letters, and a quote\"".utf8)
        var bits: UInt64 = 0
        let end = bytes.span.firstIndex(
            of: StopBytes(below: 0x20, 0x22, 0x5C), in: 0..<bytes.count, passed: &bits)
        #expect(end == bytes.count - 1)
        #expect(bits & 0x8080_8080_8080_8080 == 0)
    }
}
