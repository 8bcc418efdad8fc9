// Durations as options have them: a whole number and a unit, 250ms 15s 5m 24h 7d.

extension Duration {
    private static var units: [(name: String, milliseconds: Int)] {
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
    }

    /// Reads a number and a unit.
    init(optionText text: String) throws(OptionValueError) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = Self.units.first { $0.name == text.dropFirst(digits.count) }
        guard !digits.isEmpty, let unit else {
            let hint = digits.count == text.count && !text.isEmpty ? "; did you mean \(text)s?" : ""
            throw OptionValueError(
                "'\(text)' is not a duration: a number and ms, s, m, h or d, as in 250ms or 24h\(hint)")
        }
        guard let number = Decimal.read(digits) else { throw OptionValueError("'\(text)' is too long") }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        // A thousand years: far beyond any use, and far from where arithmetic on times would overflow.
        guard !overflow, milliseconds <= 365_000 * 86_400_000 else { throw OptionValueError("'\(text)' is too long") }
        self = .milliseconds(milliseconds)
    }

    /// The duration in the largest unit that it is a whole number of; a single day is 24h.
    var optionText: String {
        let milliseconds = wholeMilliseconds
        for unit in Self.units where milliseconds % unit.milliseconds == 0 && milliseconds != 0 {
            if unit.name == "d", milliseconds == unit.milliseconds { continue }
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
    }

    /// Milliseconds, what is left cut off.
    var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

/// Numbers of digits alone: no sign, no blank.
enum Decimal {
    /// `nil` for anything else, and for what does not fit.
    static func read(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
