/// What stands on a command line after the command's name.
struct ParsedArguments: Sendable, Equatable {
    /// One an option, in the order of their first appearance.
    var settings: [OptionSetting] = []
    /// What is not an option: data, topics.
    var operands: [String] = []
    /// `--help` or `-h` was among the options.
    var asksForHelp = false
}

extension OptionTable {
    /// Takes arguments apart: `--name value`, `--name=value`, `--flag`; after `--` nothing is an option.
    ///
    /// - Throws: ``CommandError`` for an unknown option and for a value that is missing or not wanted.
    func parse(_ arguments: [String]) throws(CommandError) -> ParsedArguments {
        var parsed = ParsedArguments()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                parsed.operands += rest
                return parsed
            } else if argument == "--help" || argument == "-h" {
                parsed.asksForHelp = true
            } else if argument.hasPrefix("--") {
                let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let option = try option(named: String(parts[0]))
                guard option.places.contains(.commandLine) else {
                    throw CommandError(.usage, "--\(option.name) cannot be given on the command line")
                }
                let value = try value(of: option, inline: parts.count > 1 ? String(parts[1]) : nil, &rest)
                parsed.add(value, to: option)
            } else if argument.hasPrefix("-"), argument != "-" {
                // What comes after it may be a token.
                let name = argument.prefix { $0 != "=" }
                throw CommandError(
                    .usage,
                    "unknown option \(name); options begin with --, and what follows a lone -- is taken as it is")
            } else {
                parsed.operands.append(argument)
            }
        }
        return parsed
    }

    private func value(
        of option: OptionDefinition<Target>, inline: String?, _ rest: inout ArraySlice<String>
    ) throws(CommandError) -> String {
        if let inline { return inline }
        switch option.form {
        case .flag: return "true"
        case .value(let placeholder), .list(let placeholder):
            guard let next = rest.first, !next.hasPrefix("--") else {
                throw CommandError(.usage, "--\(option.name) needs a value: --\(option.name) \(placeholder)")
            }
            rest.removeFirst()
            return next
        }
    }
}

extension ParsedArguments {
    fileprivate mutating func add<Target>(_ value: String, to option: OptionDefinition<Target>) {
        guard let index = settings.firstIndex(where: { $0.name == option.name }) else {
            settings.append(OptionSetting(name: option.name, values: [value], source: .commandLine))
            return
        }
        settings[index].values.append(value)
    }
}
