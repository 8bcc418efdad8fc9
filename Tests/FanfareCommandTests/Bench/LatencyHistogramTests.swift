import SeededRandomness
import Testing

@testable import FanfareCommand

@Suite struct `A latency histogram` {
    @Test func `gives each short duration a bucket of its own`() {
        for value in 0..<UInt64(256) {
            #expect(LatencyHistogram.upperEnd(of: LatencyHistogram.index(of: value)) == value)
        }
    }

    @Test(
        arguments: [
            (256, 256, 257), (257, 256, 257), (258, 257, 259), (511, 383, 511), (512, 384, 515),
            (1_000_000, 1780, 1_003_519),
            (.max, 7423, .max),
        ] as [(value: UInt64, index: Int, end: UInt64)])
    func `puts a duration into its bucket`(value: UInt64, index: Int, end: UInt64) {
        #expect(LatencyHistogram.index(of: value) == index)
        #expect(LatencyHistogram.upperEnd(of: index) == end)
    }

    @Test func `has buckets side by side, and never one wider than 1/128 of what is in it`() {
        for index in 1...LatencyHistogram.index(of: .max) {
            let end = LatencyHistogram.upperEnd(of: index)
            let start = LatencyHistogram.upperEnd(of: index - 1) + 1
            #expect(LatencyHistogram.index(of: start) == index)
            #expect(LatencyHistogram.index(of: end) == index)
            #expect(end - start <= start / 128)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `gives percentiles that are never too low, and at most 0.8 % too high`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var histogram = LatencyHistogram()
        var values: [UInt64] = []
        for _ in 0..<5000 {
            // Of every magnitude alike.
            let value =
                UInt64.random(in: .min ... .max, using: &generator) >> UInt64.random(in: 0..<64, using: &generator)
            values.append(value)
            histogram.record(nanoseconds: value)
        }
        values.sort()
        for part in [0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = values[max(0, Int((part * 5000).rounded(.up)) - 1)]
            let shown = histogram.percentile(part)
            #expect(shown >= exact)
            #expect(shown - exact <= exact / 128)
        }
        #expect(histogram.maximum == values.last)
        #expect(histogram.percentile(1) == values.last)
        #expect(histogram.count == 5000)
    }

    @Test func `of nothing is zero`() {
        let histogram = LatencyHistogram()
        #expect(histogram.percentile(0.5) == 0 && histogram.maximum == 0 && histogram.count == 0)
    }
}
