// Owns times for people. Must never serve for order or expiry: this clock may step back.

import HTTPMessage
package import TimerWheel

/// Times for people: RFC 3339 in UTC.
package enum Timestamp {
    /// `time`, in milliseconds since 1970, as `2026-11-21T00:00:00.000Z`.
    package static func text(_ time: Milliseconds) -> String {
        let (days, rest) = CalendarDay.floored(time, by: 86_400_000)
        let (year, month, day) = CalendarDay.date(of: days)
        let text = [
            digits(year, 4), "-", digits(month, 2), "-", digits(day, 2), "T", digits(rest / 3_600_000, 2), ":",
            digits(rest / 60_000 % 60, 2), ":", digits(rest / 1000 % 60, 2), ".", digits(rest % 1000, 3), "Z",
        ]
        return text.joined()
    }

    /// Milliseconds since 1970 of a time as RFC 3339, section 5.6 writes it, with any offset; `nil` if it is not one.
    package static func parse(_ text: String) -> Milliseconds? {
        var bytes = Array(text.utf8)[...]
        guard let year = number(4, &bytes), skip("-", &bytes), let month = number(2, &bytes), skip("-", &bytes),
            let day = number(2, &bytes), skip("T", &bytes) || skip("t", &bytes) || skip(" ", &bytes),
            let hour = number(2, &bytes), skip(":", &bytes), let minute = number(2, &bytes), skip(":", &bytes),
            let second = number(2, &bytes), (1...12).contains(month),
            (1...CalendarDay.count(month, of: year)).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var milliseconds = 0
        if skip(".", &bytes) {
            var weight = 100
            guard let first = bytes.first, isDigit(first) else { return nil }
            while let digit = bytes.first, isDigit(digit) {
                milliseconds += Int(digit - 0x30) * weight
                weight /= 10
                bytes.removeFirst()
            }
        }
        guard let offset = offset(&bytes), bytes.isEmpty else { return nil }
        let seconds = (CalendarDay.number(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset
        return seconds * 1000 + milliseconds
    }

    /// Seconds east of UTC.
    private static func offset(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        if skip("Z", &bytes) || skip("z", &bytes) { return 0 }
        let sign = skip("+", &bytes) ? 1 : skip("-", &bytes) ? -1 : 0
        guard sign != 0, let hours = number(2, &bytes), skip(":", &bytes), let minutes = number(2, &bytes), hours < 24,
            minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static func number(_ count: Int, _ bytes: inout ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= count, bytes.prefix(count).allSatisfy(isDigit) else { return nil }
        let value = bytes.prefix(count).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        bytes.removeFirst(count)
        return value
    }

    private static func skip(_ character: Unicode.Scalar, _ bytes: inout ArraySlice<UInt8>) -> Bool {
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes.removeFirst()
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
