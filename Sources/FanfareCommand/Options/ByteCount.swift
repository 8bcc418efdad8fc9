/// Sizes as options have them: bytes, or a whole number of KiB, MiB or GiB.
enum ByteCount {
    private static var units: [(name: String, bytes: Int)] { [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] }

    /// Reads a number, with or without a unit.
    static func read(_ text: String) throws(OptionValueError) -> Int {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let bytes = unit.isEmpty ? 1 : units.first(where: { $0.name == unit })?.bytes, !digits.isEmpty else {
            let meant = units.first { $0.name.lowercased().first == unit.lowercased().first && !digits.isEmpty }
            let hint = meant.map { "; did you mean \(digits)\($0.name)?" } ?? ""
            throw OptionValueError(
                "'\(text)' is not a size: bytes, or a number and KiB, MiB or GiB, as in 64KiB\(hint)")
        }
        guard let number = Decimal.read(digits) else { throw OptionValueError("'\(text)' is too large") }
        let (size, overflow) = number.multipliedReportingOverflow(by: bytes)
        guard !overflow else { throw OptionValueError("'\(text)' is too large") }
        return size
    }

    /// The size in the largest unit that it is a whole number of.
    static func text(_ size: Int) -> String {
        for unit in units where size % unit.bytes == 0 && size != 0 { return "\(size / unit.bytes)\(unit.name)" }
        return String(size)
    }
}
