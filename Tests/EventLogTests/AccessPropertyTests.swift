import Testing

@Suite struct AccessPropertyTests {
    /// So many readers have their case on each log.
    private static let readers = 100

    /// Each case is a reader who may read something and wants something: live, resumed, as history, as the last events,
    /// in envelopes, as an inbox and its counts. With the other test's these are 100,000.
    @Test(arguments: 0..<48)
    func `who may read what is the same in every way of reading`(part: UInt64) async {
        var tally: [String: Int] = [:]
        for seed in part * 20..<part * 20 + 20 { await run(seed: seed, .memory, &tally) }
        for what in [
            "private events", "public events", "nothing", "two lists", "envelopes with fewer topics", "unread",
        ] {
            #expect(tally[what, default: 0] >= 20, "\(what): \(tally)")
        }
    }

    @Test(arguments: [1, 3, 4096], 0..<4)
    func `it is the same with a log in a file`(tail: Int, part: UInt64) async {
        var tally: [String: Int] = [:]
        for seed in part * 4..<part * 4 + 4 {
            await run(seed: 100_000 + seed * 10_000 + UInt64(tail), .sqlite(tail: tail), &tally)
        }
        #expect(tally["private events", default: 0] >= 20)
    }

    private func run(seed: UInt64, _ kind: LogKind, _ tally: inout [String: Int]) async {
        let world = AccessWorld(seed: seed, kind)
        await world.run(readers: Self.readers)
        if let fault = world.faults.first { Issue.record("\(fault)") }
        tally.merge(world.tally, uniquingKeysWith: +)
    }
}
