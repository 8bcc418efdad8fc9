import ByteSearch
import Testing

struct SameLettersTests {
    @Test(arguments: [1, 7, 8, 9, 15, 16, 17])
    func `every octet is the same as itself, as the other case of a letter, and as nothing else`(length: Int) {
        for one in UInt8.min...UInt8.max {
            for two in UInt8.min...UInt8.max {
                var first = [UInt8](repeating: 0x61, count: length)
                var second = [UInt8](repeating: 0x41, count: length)
                let place = Int(one) % length
                first[place] = one
                second[place] = two
                let isLetter = (0x41...0x5A).contains(one & 0xDF)
                let isSame = one == two || (isLetter && one ^ two == 0x20)
                let found = areSame(first, second)
                if found != isSame { Issue.record("\(one) and \(two) at \(place) of \(length): \(found)") }
            }
        }
    }

    @Test func `texts of two lengths differ, and empty ones do not`() {
        #expect(!areSame(Array("host".utf8), Array("hosts".utf8)))
        #expect(areSame([], []))
    }

    private func areSame(_ one: [UInt8], _ other: [UInt8]) -> Bool { one.span.hasSameLetters(as: other.span) }
}
