import TimerWheel

/// Durations as people write them: `250ms`, `15s`, `5m`, `24h`, `7d`.
public enum DurationText {
    /// The duration that `text` writes; `nil` if it is not one, or is longer than centuries.
    public static func parse(_ text: some StringProtocol) -> Duration? {
        milliseconds(text).map { .milliseconds($0) }
    }

    static func milliseconds(_ text: some StringProtocol) -> Milliseconds? {
        let digits = text.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard let number = Int(text.prefix(digits.count)), number <= 1_000_000_000_000 else { return nil }
        let unit: Milliseconds
        switch text.dropFirst(digits.count) {
        case "ms": unit = 1
        case "s": unit = 1000
        case "m": unit = 60_000
        case "h": unit = 3_600_000
        case "d": unit = 86_400_000
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow || product > 10_000_000_000_000 ? nil : product
    }
}
