import SeededRandomness
import Testing

@testable import Hub

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
        ("2000-02-29T00:00:00Z", 951_782_400_000), ("2026-11-21T00:00:00.000Z", 1_795_219_200_000),
        ("2026-11-21T01:00:00+01:00", 1_795_219_200_000), ("2026-11-20T18:30:00-05:30", 1_795_219_200_000),
        ("2026-11-21t00:00:00z", 1_795_219_200_000), ("2026-11-21 00:00:00Z", 1_795_219_200_000),
        ("2026-11-21T00:00:00-00:00", 1_795_219_200_000), ("2026-11-21T00:00:00.1Z", 1_795_219_200_100),
        ("2026-11-21T00:00:00.0129999999999999999999999Z", 1_795_219_200_012),
        ("1985-04-12T23:20:50.52Z", 482_196_050_520), ("1996-12-19T16:39:57-08:00", 851_042_397_000),
        ("1990-12-31T23:59:60Z", 662_688_000_000), ("1990-12-31T15:59:60-08:00", 662_688_000_000),
        ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130), ("0000-03-01T00:00:00Z", -62_162_035_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999), ("2026-11-21T23:59:59+23:59", 1_795_219_259_000),
    ])
    func `a time is read`(text: String, time: Int) {
        #expect(Timestamp.parse(text) == time)
    }

    @Test(arguments: [
        "", "2026", "2026-11-21", "2026-11-21T00:00Z", "2026-11-21T00:00:00", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-11-21T24:00:00Z",
        "2026-11-21T00:60:00Z", "2026-11-21T00:00:61Z", "2026-11-21T00:00:00.Z", "2026-11-21T00:00:00,5Z",
        "2026-11-21T00:00:00+24:00", "2026-11-21T00:00:00+01:60", "2026-11-21T00:00:00+1:00",
        "2026-11-21T00:00:00+0100", "2026-11-21T00:00:00+01", "2026-11-21T00:00:00Z ", " 2026-11-21T00:00:00Z",
        "2026-11-21T00:00:00ZZ", "12026-11-21T00:00:00Z", "-026-11-21T00:00:00Z", "2026-1-21T00:00:00Z",
        "2026-11-21X00:00:00Z", "\u{662}026-11-21T00:00:00Z", "2026-11-21T00:00:00.5", "2026/11/21T00:00:00Z",
        "2026-11-21T+1:00:00Z",
    ])
    func `anything else is not a time`(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    /// Days are counted one by one, with the rule for leap years as it is said.
    @Test func `each day of eight centuries has its name and its number`() {
        var (year, month, day) = (1600, 1, 1)
        func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        func length(_ year: Int, _ month: Int) -> Int {
            month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
        }
        // 370 years with 90 leap days before 1970, 430 with 104 after it.
        var number = -(370 * 365 + 90)
        var wrong = 0
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        while year < 2400 {
            // One in many is enough, and leap days and the days beside them are not left out.
            if number % 37 == 0 || month <= 3 && (day == 1 || day >= 28) || month == 12 && day == 31 {
                let text = "\(year)-\(two(month))-\(two(day))T13:05:09.042Z"
                let time = ((number * 24 + 13) * 60 + 5) * 60_000 + 9042
                if Timestamp.text(time) != text || Timestamp.parse(text) != time { wrong += 1 }
            }
            number += 1
            day += 1
            if day > length(year, month) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect(wrong == 0)
        #expect(number == 430 * 365 + 104)
    }

    @Test func `what is written is read again`() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let time = Int.random(in: -62_000_000_000_000...253_000_000_000_000, using: &random)
            #expect(Timestamp.parse(Timestamp.text(time)) == time)
        }
    }
}
