// What people write as a duration is taken in one way or not at all.

import Testing
import TimerWheel

@Suite struct `A duration` {
    @Test(arguments: [
        ("250ms", 250), ("15s", 15_000), ("5m", 300_000), ("24h", 86_400_000), ("7d", 604_800_000), ("0s", 0),
        ("0ms", 0),
        ("007s", 7000), ("90m", 5_400_000), ("365000d", 31_536_000_000_000),
    ])
    func `is a whole number and a unit`(text: String, milliseconds: Int) throws {
        #expect(try DurationText.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "s", "ms", "15", "0", "-1s", "+1s", "1.5s", "1,5s", " 1s", "1s ", "1 s", "1h30m", "1S", "1sec", "1w", "1us",
        "٣s",
        "1e3s", "0x1s", "365001d", "9223372036854775807d", "99999999999999999999s",
    ])
    func `is nothing else`(text: String) {
        let error = #expect(throws: DurationText.Malformed.self) { try DurationText.duration(text) }
        #expect(error?.message.contains("'\(text)'") == true)
    }

    @Test func `without a unit gets a hint`() {
        let error = #expect(throws: DurationText.Malformed.self) { try DurationText.duration("24") }
        #expect(error?.message.hasSuffix("did you mean 24s?") == true)
    }

    @Test(arguments: ["250ms", "15s", "5m", "24h", "7d", "36h", "90s", "0s", "1001ms", "25h"])
    func `is shown as one would write it`(text: String) throws {
        #expect(DurationText.text(try DurationText.duration(text)) == text)
    }

    @Test(arguments: [("1000ms", "1s"), ("60s", "1m"), ("60m", "1h"), ("1d", "24h"), ("48h", "2d"), ("0d", "0s")])
    func `is shown in its largest unit`(text: String, shown: String) throws {
        #expect(DurationText.text(try DurationText.duration(text)) == shown)
    }
}
