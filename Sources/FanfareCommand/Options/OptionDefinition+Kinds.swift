// The kinds of values that options have: how each is read, and how it is shown.

internal import TimerWheel

extension OptionDefinition {
    typealias Path<Value> = any WritableKeyPath<Target, Value> & Sendable

    static func flag(_ name: String, _ path: Path<Bool>, _ help: String) -> Self {
        Self(
            name: name, form: .flag, help: help,
            store: { (target, values) throws(OptionValueError) in
                switch values.last {
                case "true": target[keyPath: path] = true
                case "false": target[keyPath: path] = false
                case let other: throw OptionValueError("'\(other ?? "")' is neither true nor false")
                }
            },
            show: { $0[keyPath: path] ? "true" : "false" })
    }

    static func duration(_ name: String, _ path: Path<Duration>, _ help: String) -> Self {
        value(name, "DURATION", path, help, read: DurationText.read, show: DurationText.text)
    }

    static func size(_ name: String, _ path: Path<Int>, _ help: String) -> Self {
        value(name, "SIZE", path, help, read: ByteCount.read, show: ByteCount.text)
    }

    static func count(_ name: String, _ path: Path<Int>, _ help: String) -> Self {
        value(name, "N", path, help, read: readCount, show: { String($0) })
    }

    /// So many a second.
    static func rate(_ name: String, _ path: Path<Int>, _ help: String) -> Self {
        value(name, "N/s", path, help, read: readRate, show: { "\($0)/s" })
    }

    /// So many a second, or what the words say.
    static func rate(_ name: String, _ path: Path<Int?>, orElse words: String, _ help: String) -> Self {
        value(
            name, "N/s", path, help, read: { (text) throws(OptionValueError) in try readRate(text) },
            show: { $0.map { "\($0)/s" } ?? words })
    }

    /// A count with a default that is worked out later, described in words.
    static func count(_ name: String, _ path: Path<Int?>, orElse words: String, _ help: String) -> Self {
        value(
            name, "N", path, help, read: { (text) throws(OptionValueError) in try readCount(text) },
            show: { $0.map { String($0) } ?? words })
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: Path<Value>, _ help: String
    ) -> Self {
        let names = Value.allCases.map(\.rawValue)
        return value(
            name, names.joined(separator: "|"), path, help,
            read: { (text) throws(OptionValueError) in
                if let value = Value(rawValue: text) { return value }
                throw OptionValueError("'\(text)' is not one of \(names.joined(separator: ", "))")
            }, show: \.rawValue)
    }

    static func text(_ name: String, _ placeholder: String, _ path: Path<String>, _ help: String) -> Self {
        value(name, placeholder, path, help, read: { $0 }, show: { $0 })
    }

    /// A text that may be absent, which the words describe.
    static func text(
        _ name: String, _ placeholder: String, _ path: Path<String?>, orElse words: String, _ help: String
    ) -> Self {
        value(name, placeholder, path, help, read: { $0 }, show: { $0 ?? words })
    }

    static func list(
        _ name: String, _ placeholder: String, _ path: Path<[String]>, orElse words: String, _ help: String
    ) -> Self {
        Self(
            name: name, form: .list(placeholder), help: help,
            store: { (target, values) in target[keyPath: path] = values },
            show: { $0[keyPath: path].isEmpty ? words : $0[keyPath: path].joined(separator: ",") })
    }

    static func value<Value>(
        _ name: String, _ placeholder: String, _ path: Path<Value>, _ help: String,
        read: @escaping @Sendable (String) throws(OptionValueError) -> Value,
        show: @escaping @Sendable (Value) -> String
    ) -> Self {
        Self(
            name: name, form: .value(placeholder), help: help,
            store: { (target, values) throws(OptionValueError) in
                for text in values { target[keyPath: path] = try read(text) }
            },
            show: { show($0[keyPath: path]) })
    }

    private static func readRate(_ text: String) throws(OptionValueError) -> Int {
        guard text.hasSuffix("/s"), let rate = Decimal.read(text.dropLast(2)) else {
            throw OptionValueError("'\(text)' is not a rate; write so many a second as 20/s")
        }
        return rate
    }

    private static func readCount(_ text: String) throws(OptionValueError) -> Int {
        guard let count = Decimal.read(text[...]) else { throw OptionValueError("'\(text)' is not a whole number") }
        return count
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

extension DurationText {
    /// Reads a duration; what is wrong with it is the option's fault.
    static func read(_ text: String) throws(OptionValueError) -> Duration {
        do throws(Malformed) {
            return try duration(text)
        } catch {
            throw OptionValueError(error.message)
        }
    }
}
