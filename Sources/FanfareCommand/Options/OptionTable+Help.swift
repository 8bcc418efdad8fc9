extension OptionTable {
    /// The text of `--help`: every option, what it does, and its default.
    ///
    /// - Parameter note: what is to be known beside the options.
    func help(defaults: Target, note: String? = nil) -> String {
        let rows =
            options.filter { $0.places.contains(.commandLine) }.map {
                (Self.left(of: $0), $0.help, Self.bracket($0, defaults))
            }
            + [("--help", "this text", "")]
        let width = rows.map(\.0.count).max() ?? 0
        var text = "usage: fanfare \(command.rawValue) \(command.usage)\n\n\(command.summary)\n\noptions:\n"
        for (left, help, bracket) in rows {
            let lines = Self.wrap(help + (bracket.isEmpty ? "" : " \(bracket)"), to: 76)
            for (number, line) in lines.enumerated() {
                let start = number == 0 ? left : ""
                text += "  \(start)\(String(repeating: " ", count: width - start.count))  \(line)\n"
            }
        }
        if let note { text += "\n\(note)\n" }
        return text
    }

    /// Every value, and where it is from, a line an option.
    func report(_ target: Target, sources: [String: OptionSource]) -> String {
        let rows = options.filter { $0.places.contains(.file) }
            .map { ($0.name, $0.show(target), sources[$0.name]?.description ?? "default") }
        let names = rows.map(\.0.count).max() ?? 0
        let values = rows.map(\.1.count).max() ?? 0
        return rows.map { name, value, source in
            name + String(repeating: " ", count: names - name.count + 2) + value
                + String(repeating: " ", count: values - value.count + 2) + source + "\n"
        }.joined()
    }

    private static func left(of option: OptionDefinition<Target>) -> String {
        switch option.form {
        case .flag: "--\(option.name)"
        case .value(let placeholder), .list(let placeholder): "--\(option.name) \(placeholder)"
        }
    }

    private static func bracket(_ option: OptionDefinition<Target>, _ defaults: Target) -> String {
        if case .flag = option.form { return "" }
        let value = option.show(defaults)
        return value.isEmpty ? "" : "[\(value)]"
    }

    /// Breaks a text between words; a word longer than a line stands alone.
    private static func wrap(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
