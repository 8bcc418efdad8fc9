import ByteSearch
import SeededRandomness
import Testing

struct SameLettersTests {
    @Test func `every octet is the same as itself, and as the other case of a letter, and as nothing else`() {
        for length in [1, 7, 8, 9, 15, 16, 17] {
            for one in UInt8.min...UInt8.max {
                for two in UInt8.min...UInt8.max {
                    var first = [UInt8](repeating: 0x61, count: length)
                    var second = [UInt8](repeating: 0x41, count: length)
                    let place = Int(one) % length
                    first[place] = one
                    second[place] = two
                    let isLetter = (0x41...0x5A).contains(one & 0xDF)
                    let isSame = one == two || (isLetter && one ^ two == 0x20)
                    #expect(first.span.hasSameLetters(as: second.span) == isSame, "\(length) \(one) \(two)")
                }
            }
        }
    }

    @Test func `texts of two lengths differ`() {
        #expect(!Array("host".utf8).span.hasSameLetters(as: Array("hosts".utf8).span))
        #expect([UInt8]().span.hasSameLetters(as: [UInt8]().span))
    }
}
