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
        #expect(PositionList.positions(from: positions[0], PositionList.bytes(of: positions[...])) == positions)
    }

    @Test(
        arguments: [[0x80], [0], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]] as [[UInt8]])
    func `bytes that make no sense are left out`(bytes: [UInt8]) {
        #expect(PositionList.positions(from: 7, bytes) == [7])
    }
}
