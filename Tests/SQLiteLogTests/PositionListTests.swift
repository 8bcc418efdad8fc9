import SeededRandomness
import Testing

@testable import SQLiteLog

@Suite struct PositionListTests {
    @Test(arguments: 0..<50)
    func `positions come back as they were`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var positions = [Int.random(in: 1...1_000_000, using: &random)]
        for _ in 0..<Int.random(in: 0...300, using: &random) {
            positions.append(
                positions.last! + Int.random(in: 1...(1 << Int.random(in: 0...40, using: &random)), using: &random))
        }
        #expect(PositionList(from: positions[0], PositionList.bytes(of: positions[...])).rest == positions)
        for _ in 0..<20 {
            let start = Int.random(in: 0...positions.last! + 1, using: &random)
            var list = PositionList(from: positions[0], PositionList.bytes(of: positions[...]))
            list.skip(through: start)
            #expect(list.rest == positions.filter { $0 > start })
        }

    }

    @Test(
        arguments: [[0x80], [0], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]] as [[UInt8]])
    func `bytes that make no sense are left out`(bytes: [UInt8]) {
        #expect(PositionList(from: 7, bytes).rest == [7])
    }
}
