import SeededRandomness
import Testing

@testable import Hub

@Suite struct RingTests {
    @Test(arguments: 0..<30)
    func `a ring is an array that gives at its front`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var ring = Ring<Int>()
        var model: [Int] = []
        var next = 0
        for phase in 0..<12 {
            for _ in 0..<Int.random(in: 0..<300, using: &random) {
                // Phases grow and shrink in turn, so that it wraps around and gives memory back.
                if Int.random(in: 0..<10, using: &random) < (phase % 2 == 0 ? 7 : 2) {
                    ring.append(next)
                    model.append(next)
                    next += Int.random(in: 1...3, using: &random)
                } else {
                    let popped = ring.popFirst()
                    try #require(popped == (model.isEmpty ? nil : model.removeFirst()))
                }
                try #require(ring.count == model.count && ring.isEmpty == model.isEmpty)
                try #require(ring.first == model.first && ring.last == model.last)
            }
            try #require((0..<ring.count).map { ring[$0] } == model, "seed \(seed)")
            let position = Int.random(in: -2...next + 2, using: &random)
            let index = model.firstIndex { $0 > position } ?? model.count
            try #require(ring.firstIndex(above: position) == index, "seed \(seed)")
        }
    }

    @Test func `what was taken out is let go of`() {
        final class Thing {}
        var ring = Ring<Thing>()
        weak var first: Thing?
        do {
            let thing = Thing()
            first = thing
            ring.append(thing)
        }
        #expect(first != nil)
        ring.popFirst()
        #expect(first == nil)
    }
}
