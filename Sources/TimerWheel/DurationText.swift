// Owns durations as people write them, in options and requests. It must never take what could be meant in two ways: no
// fraction, no two units, no number without one.

/// Durations as text: a whole number and a unit, `250ms`, `15s`, `5m`, `24h`, `7d`.
package enum DurationText {
    /// Why a text is not a duration.
    package struct Malformed: Error, Sendable {
        /// What is wrong with the text and how to write one; no trailing stop.
        package let message: String
    }

    private static var units: [(name: String, milliseconds: Milliseconds)] {
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
    }

    /// A thousand years: far beyond any use, and far from where arithmetic on times would overflow.
    private static var longest: Milliseconds { 365_000 * 86_400_000 }

    /// The milliseconds that a text writes.
    ///
    /// - Throws: ``Malformed``, also for more than 365,000 days.
    package static func milliseconds(_ text: String) throws(Malformed) -> Milliseconds {
        let digits = text.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        let rest = text.utf8[digits.endIndex...]
        let unit = units.first { $0.name.utf8.elementsEqual(rest) }
        guard !digits.isEmpty, let unit else {
            let hint = rest.isEmpty && !digits.isEmpty ? "; did you mean \(text)s?" : ""
            throw Malformed(
                message: "'\(text)' is not a duration: a number and ms, s, m, h or d, as in 250ms or 24h\(hint)")
        }
        // What is no `Int` now has too many digits for one.
        let (product, overflow) = (Int(Substring(digits)) ?? .max).multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow, product <= longest else { throw Malformed(message: "'\(text)' is too long") }
        return product
    }

    /// The duration that a text writes.
    ///
    /// - Throws: ``Malformed``, also for more than 365,000 days.
    package static func duration(_ text: String) throws(Malformed) -> Duration {
        .milliseconds(try milliseconds(text))
    }

    /// A duration in the largest unit that it is a whole number of; a single day is `24h`.
    package static func text(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        if milliseconds == 0 { return "0s" }
        for unit in units where milliseconds % unit.milliseconds == 0 {
            if unit.name == "d", milliseconds == unit.milliseconds { continue }
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return "\(milliseconds)ms"
    }
}
