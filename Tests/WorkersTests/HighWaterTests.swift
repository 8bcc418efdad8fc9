import Testing

@testable import Workers

@Suite struct HighWaterTests {
    @Test func `a burst is over once there is less than half of its most, and it is said once`() {
        var water = HighWater(least: 100)
        var told: [Bool] = []
        for value in [10, 1000, 600, 500, 499, 400, 250, 199, 0, 90, 0, 300, 149, 0] {
            told.append(water.hasFallen(to: value))
        }
        #expect(
            told == [
                false, false, false, false, true, false, false, true, true, false, false, false, true, true,
            ])
    }
}
