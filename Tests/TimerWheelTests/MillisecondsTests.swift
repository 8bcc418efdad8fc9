// Lengths of time come from options and requests: none may be cut short, and none may overflow.

import Testing
import TimerWheel

@Suite struct MillisecondsTests {
    @Test(arguments: [
        (Duration.zero, 0), (.milliseconds(1), 1), (.seconds(15), 15_000), (.microseconds(1), 1), (.nanoseconds(1), 1),
        (.microseconds(1001), 2), (.microseconds(999_999), 1000), (.seconds(2) + .nanoseconds(1), 2001),
    ])
    func `a part of a millisecond counts as a whole one`(duration: Duration, milliseconds: Int) {
        #expect(duration.milliseconds == milliseconds)
    }

    @Test(arguments: [Duration.nanoseconds(-1), .seconds(-1), .seconds(-1) + .nanoseconds(1), .seconds(Int64.min)])
    func `less than nothing is nothing`(duration: Duration) {
        #expect(duration.milliseconds == 0)
    }

    @Test func `a length of time beyond all use does not overflow`() {
        let most = Duration.seconds(Int64.max).milliseconds
        #expect(most >= 100_000_000_000_000 && most < Int.max / 1000)
        #expect(Duration(secondsComponent: .max, attosecondsComponent: 999_999_999_999_999_999).milliseconds < Int.max)
    }
}
