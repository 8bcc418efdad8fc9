import Testing

@Suite struct BoardPropertyTests {
    /// Each seed is a script of its own; a failure names it.
    @Test(arguments: 0..<40)
    func `whatever happens, each stream gets each of its events once and in order`(part: UInt64) {
        for seed in part * 50..<part * 50 + 50 {
            let world = BoardWorld(seed: seed)
            world.run(steps: 200)
            if let fault = world.faults.first {
                Issue.record("\(fault)")
                return
            }
        }
    }

    @Test func `the scripts reach what they are for`() {
        var tally: [String: Int] = [:]
        for seed in UInt64(0)..<100 {
            let world = BoardWorld(seed: seed)
            world.run(steps: 200)
            tally.merge(world.tally, uniquingKeysWith: +)
        }
        for what in [
            "events", "events of an inbox", "ids", "inbox changes", "opening gaps", "gaps in replay", "farewells",
            "listings", "reset: gone", "reset: slowAge", "reset: slowBytes", "questions that failed", "expired",
            "expired while stuck",
        ] {
            #expect(tally[what, default: 0] >= 5, "\(what): \(tally)")
        }
    }
}
