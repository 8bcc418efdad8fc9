/// Figures as people read them, always three digits or more that count.
enum Figure {
    /// A whole number, in groups of three digits.
    static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Nanoseconds in the unit that fits.
    static func time(_ nanoseconds: UInt64) -> String {
        let value = Double(nanoseconds)
        if value < 999_500 { return decimal(value / 1e3) + " µs" }
        if value < 999_500_000 { return decimal(value / 1e6) + " ms" }
        return decimal(value / 1e9) + " s"
    }

    /// Bytes in the unit that fits.
    static func size(_ bytes: Double) -> String {
        if bytes.magnitude < 1024 { return decimal(bytes) + " B" }
        if bytes.magnitude < 1_048_576 { return decimal(bytes / 1024) + " KiB" }
        return decimal(bytes / 1_048_576) + " MiB"
    }

    /// A part of one, in whole percent.
    static func percent(_ part: Double) -> String { "\(Int((part * 100).rounded())) %" }

    /// Two places behind the point below 10, one below 100, none above.
    static func decimal(_ value: Double) -> String {
        let places = value.magnitude < 9.995 ? 2 : value.magnitude < 99.95 ? 1 : 0
        let scale = [1, 10, 100][places]
        let scaled = Int((value.magnitude * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + count(scaled) }
        let rest = String(scaled % scale)
        return "\(sign)\(scaled / scale).\(String(repeating: "0", count: places - rest.count))\(rest)"
    }
}
