// Owns the form of dates in heads. Must never depend on a locale or a time zone.

/// Dates as HTTP writes them (RFC 9110 section 5.6.7).
package enum HTTPDate {
    /// `time`, in seconds since 1970 UTC, as `Sat, 21 Nov 2026 00:00:00 GMT`. Years have four digits: time ends, and begins,
    /// where they do.
    package static func text(_ time: Int) -> String {
        let time = min(max(time, -62_167_219_200), 253_402_300_799)
        let (days, rest) = CalendarDay.floored(time, by: 86_400)
        let (year, month, day) = CalendarDay.date(of: days)
        // 1970 began on a Thursday.
        let weekday = CalendarDay.floored(days + 4, by: 7).remainder
        let clock = [rest / 3600, rest / 60 % 60, rest % 60].map { digits($0, 2) }.joined(separator: ":")
        return "\(weekdays[weekday]), \(digits(day, 2)) \(months[month - 1]) \(digits(year, 4)) \(clock) GMT"
    }

    /// Seconds since 1970 UTC of a date in any of the three forms that there have been; nil if it is none. The name of the
    /// day is not looked at.
    ///
    /// - Parameters:
    ///   - text: the date.
    ///   - now: the present, by which a year of two digits is found: it is at most fifty years ahead.
    package static func parse(_ text: String, at now: Int) -> Int? {
        let words = text.utf8.split(separator: ASCII.space, omittingEmptySubsequences: true).map {
            String(Substring($0))
        }
        switch words.count {
        // Sun, 06 Nov 1994 08:49:37 GMT
        case 6 where words[5] == "GMT" && words[0].hasSuffix(","):
            return time(day: words[1], month: words[2], year: words[3], clock: words[4])
        // Sunday, 06-Nov-94 08:49:37 GMT
        case 4 where words[3] == "GMT" && words[0].hasSuffix(","):
            let date = words[1].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            guard date.count == 3, date[2].utf8.count == 2, let year = number(date[2]) else { return nil }
            let present = CalendarDay.date(of: CalendarDay.floored(now, by: 86_400).quotient).year
            let next = present + CalendarDay.floored(year - present, by: 100).remainder
            return time(
                day: date[0], month: date[1], year: String(next > present + 50 ? next - 100 : next), clock: words[2])
        // Sun Nov  6 08:49:37 1994
        case 5:
            return time(day: words[2], month: words[1], year: words[4], clock: words[3])
        default:
            return nil
        }
    }

    private static func time(day: String, month: String, year: String, clock: String) -> Int? {
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard year.utf8.count == 4, let year = number(year), let month = months.firstIndex(of: month).map({ $0 + 1 }),
            (1...2).contains(day.utf8.count), let day = number(day),
            (1...CalendarDay.count(month, of: year)).contains(day), parts.count == 3,
            parts.allSatisfy({ $0.utf8.count == 2 }), let hour = number(parts[0]), let minute = number(parts[1]),
            let second = number(parts[2]), hour < 24, minute < 60, second <= 60
        else { return nil }
        return CalendarDay.number(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: String) -> Int? {
        text.utf8.allSatisfy(ASCII.isDigit) ? Int(text) : nil
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
