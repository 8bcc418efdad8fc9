// What `fanfare` can be told to do, and what it says of each. Which code does it stands in FanfareCommand.swift.

/// A command of `fanfare`, by its name on the command line.
enum Subcommand: String, CaseIterable, Sendable {
    case serve, publish, subscribe, token, bench, version, help

    /// What it does, in a few words.
    var summary: String {
        switch self {
        case .serve: "run the hub"
        case .publish: "publish events"
        case .subscribe: "print events until interrupted"
        case .token: "make a token, or look into one"
        case .bench: "measure a hub"
        case .version: "print the version"
        case .help: "explain a command"
        }
    }

    /// What stands after its name.
    var usage: String {
        switch self {
        case .serve, .bench: "[OPTION]…"
        case .publish: "--topic TOPIC [OPTION]… [DATA | -]"
        case .subscribe: "[OPTION]… TOPIC…"
        case .token: "--key-file FILE [OPTION]… | --inspect TOKEN|-"
        case .version: ""
        case .help: "[COMMAND]"
        }
    }

    /// The text of `fanfare help`.
    static var overview: String {
        let width = allCases.map(\.rawValue.count).max() ?? 0
        let lines = allCases.map { command in
            "  \(command.rawValue)\(String(repeating: " ", count: width - command.rawValue.count))  \(command.summary)"
        }
        return """
            fanfare pushes events to browsers and programs over HTTP (Server-Sent Events).

            usage: fanfare COMMAND [OPTION]…

            \(lines.joined(separator: "\n"))

            'fanfare help COMMAND' or 'fanfare COMMAND --help' lists a command's options.

            """
    }

    /// The command of that name.
    ///
    /// - Throws: ``CommandError`` that names the nearest one.
    init(named name: String) throws(CommandError) {
        if let command = Subcommand(rawValue: name) {
            self = command
        } else {
            let names = Self.allCases.map(\.rawValue)
            let hint = Spelling.nearest(to: name, in: names).map { "did you mean '\($0)'?" } ?? "see 'fanfare help'"
            throw CommandError(.usage, "unknown command '\(name)'; \(hint)")
        }
    }
}
