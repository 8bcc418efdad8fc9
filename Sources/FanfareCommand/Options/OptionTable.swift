// A command's options, and what they make of arguments, environment and file. Pure: it reads nothing by itself.

/// The options of one command, in the order in which its help lists them.
struct OptionTable<Target: Sendable>: Sendable {
    let command: Subcommand
    let options: [OptionDefinition<Target>]

    /// The option of that name.
    ///
    /// - Throws: ``CommandError`` that names the nearest one.
    func option(named name: String) throws(CommandError) -> OptionDefinition<Target> {
        if let option = options.first(where: { $0.name == name }) { return option }
        let nearest = Spelling.nearest(to: name, in: options.map(\.name) + ["help"])
        let hint = nearest.map { "did you mean --\($0)?" } ?? "'fanfare help \(command.rawValue)' lists all"
        throw CommandError(.usage, "unknown option --\(name); \(hint)")
    }

    /// Stores settings in the order given, so that a later one beats an earlier one, and tells where each value is from.
    ///
    /// - Throws: ``CommandError`` that names the place of the first bad value, be it overridden or not.
    func apply(
        _ settings: [OptionSetting], to defaults: Target
    ) throws(CommandError) -> (target: Target, sources: [String: OptionSource]) {
        var target = defaults
        var sources: [String: OptionSource] = [:]
        for setting in settings {
            let option = try option(named: setting.name)
            do throws(OptionValueError) {
                try option.store(&target, setting.values)
            } catch {
                throw CommandError(.usage, "\(setting.source.place(of: setting.name)): \(error.message)")
            }
            sources[setting.name] = setting.source
        }
        return (target, sources)
    }
}

/// The values that one source gives to one option.
struct OptionSetting: Sendable, Equatable {
    var name: String
    var values: [String]
    var source: OptionSource
}

/// Where a value is from.
enum OptionSource: Sendable, Equatable, CustomStringConvertible {
    case commandLine
    case environment
    case file(String)

    var description: String {
        switch self {
        case .commandLine: "command line"
        case .environment: "environment"
        case .file(let path): "file \(path)"
        }
    }

    /// The option as it is written there.
    func place(of name: String) -> String {
        switch self {
        case .commandLine: "--\(name)"
        case .environment: OptionDefinition<Void>.variable(for: name)
        case .file(let path): "\(path): \"\(name)\""
        }
    }
}
