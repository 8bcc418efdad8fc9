import ByteSearch
import SeededRandomness
import Testing

struct SameBytesTests {
    @Test func `finds bytes at a place just when they stand there`() {
        var random = SeededGenerator(seed: 9)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in UInt8.random(in: 0...2, using: &random)
            }
            let offset = Int.random(in: 0...bytes.count, using: &random)
            var other = Array(bytes[offset...].prefix(Int.random(in: 0...30, using: &random)))
            if !other.isEmpty, Bool.random(using: &random) { other[other.count - 1] ^= 1 }
            if Int.random(in: 0..<8, using: &random) == 0 { other.append(0) }
            let wanted = bytes[offset...].starts(with: other)
            let found = bytes.span.holds(other.span, at: offset)
            if found != wanted { Issue.record("\(other) in \(bytes) at \(offset): \(found)") }
        }
    }
}
