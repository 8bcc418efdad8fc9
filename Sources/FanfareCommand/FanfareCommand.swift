// The `fanfare` binary: picks the command, and turns its error into a line and an exit status. The process's arguments and
// environment are read here and nowhere else.

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

@main
struct FanfareCommand {
    @MainActor
    static func main() async {
        // A reader that left is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        Descriptor.reserveStandardOnes()
        let output = StandardOutput()
        do throws(CommandError) {
            try await run(Array(CommandLine.arguments.dropFirst()), environment: processEnvironment(), output: output)
        } catch {
            if error.code != .outputClosed { output.notice(error.message) }
            exit(error.code.rawValue)
        }
    }

    /// Runs the command that the arguments name.
    @MainActor
    static func run(
        _ arguments: [String], environment: [String: String], output: StandardOutput
    ) async throws(CommandError) {
        guard let first = arguments.first else {
            throw CommandError(.usage, "which command? 'fanfare help' lists them")
        }
        let rest = Array(arguments.dropFirst())
        let command: Subcommand
        switch first {
        case "--help", "-h": command = .help
        case "--version": command = .version
        default: command = try Subcommand(named: first)
        }
        switch command {
        case .serve: try await Serve.run(rest, environment: environment, output: output)
        case .publish: try await Publish.run(rest, environment: environment, output: output)
        case .subscribe: try await Subscribe.run(rest, environment: environment, output: output)
        case .token: try TokenCommand.run(rest, output: output)
        case .bench: try await Bench.run(rest, environment: environment, output: output)
        case .version: try version(rest, output: output)
        case .help: try await help(rest, environment: environment, output: output)
        }
    }

    private static func version(_ arguments: [String], output: StandardOutput) throws(CommandError) {
        let table = OptionTable<None>(command: .version, options: [])
        let parsed = try table.parse(arguments)
        if parsed.asksForHelp { return try output.write(table.help(defaults: None())) }
        if let operand = parsed.operands.first { throw CommandError(.usage, "version takes no '\(operand)'") }
        try output.write(Version.line + "\n")
    }

    @MainActor
    private static func help(
        _ arguments: [String], environment: [String: String], output: StandardOutput
    ) async throws(CommandError) {
        let names = arguments.filter { $0 != "--help" && $0 != "-h" }
        guard names.count <= 1 else { throw CommandError(.usage, "help explains one command at a time") }
        guard let name = names.first else { return try output.write(Subcommand.overview) }
        let command = try Subcommand(named: name)
        if command == .help { return try output.write(Subcommand.overview) }
        try await run([command.rawValue, "--help"], environment: environment, output: output)
    }

    /// What a command without options fills.
    private struct None: Sendable {}
}

/// The environment of this process; of a name that stands there twice, the first counts, as for `getenv`.
private func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        next += 1
        let text = String(cString: entry)
        guard let sign = text.firstIndex(of: "=") else { continue }
        let name = String(text[..<sign])
        if variables[name] == nil { variables[name] = String(text[text.index(after: sign)...]) }
    }
    return variables
}
