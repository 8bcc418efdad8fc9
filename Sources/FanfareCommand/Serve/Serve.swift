internal import Fanfare

/// `fanfare serve`: runs the hub until it is told to end.
enum Serve {
    static func run(
        _ arguments: [String], environment: [String: String], output: StandardOutput
    ) async throws(CommandError) {
        let table = ServeOptions.table
        let parsed = try table.parse(arguments)
        if parsed.asksForHelp {
            return try output.write(table.help(defaults: ServeOptions(), note: ServeOptions.note))
        }
        let plan = try ServePlan(parsed, environment: environment, readFile: FileContents.read)
        if plan.options.check { try output.write(plan.report) }
        try plan.validate()
        guard !plan.options.check else { return }
        try await serve(plan.options.configuration, withGallery: plan.options.demo, output: output)
    }

    /// Where the server is plugged in.
    private static func serve(
        _ configuration: Configuration, withGallery: Bool, output: StandardOutput
    ) async throws(CommandError) {
        throw CommandError(.failed, "the server is not connected yet")
    }
}
