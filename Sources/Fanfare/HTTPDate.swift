// Owns the form of dates in heads. Must never depend on a locale or a time zone.

import Hub
import TimerWheel

/// Dates as HTTP writes them (RFC 9110, section 5.6.7).
enum HTTPDate {
    /// `time`, in milliseconds since 1970 UTC, as `Sat, 21 Nov 2026 00:00:00 GMT`.
    static func text(_ time: Milliseconds) -> String {
        let iso = Timestamp.text(time)
        let year = iso.prefix(4)
        let month = Int(iso.dropFirst(5).prefix(2))!
        let day = iso.dropFirst(8).prefix(2)
        let clock = iso.dropFirst(11).prefix(8)
        // 1970 began on a Thursday.
        let weekday = ((time - (time % 86_400_000 + 86_400_000) % 86_400_000) / 86_400_000 % 7 + 7 + 4) % 7
        return "\(weekdays[weekday]), \(day) \(months[month - 1]) \(year) \(clock) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
