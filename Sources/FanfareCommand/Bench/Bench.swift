/// `fanfare bench`: puts a load on a hub and prints what came of it.
enum Bench {
    @MainActor
    static func run(
        _ arguments: [String], environment: [String: String], output: StandardOutput
    ) async throws(CommandError) {
        let table = BenchOptions.table
        let parsed = try table.parse(arguments)
        if parsed.asksForHelp {
            return try output.write(table.help(defaults: BenchOptions(), note: BenchOptions.note))
        }
        if let operand = parsed.operands.first { throw CommandError(.usage, "bench takes no '\(operand)'") }
        let settings = try table.settings(environment: environment) + parsed.settings
        let (options, _) = try table.apply(settings, to: BenchOptions())
        let plan = try BenchPlan(options)
        let figures = try await BenchRun.figures(of: plan)
        let report = BenchReport(plan: plan, figures: figures)
        try output.write(options.json ? report.json : report.text)
        if let fault = figures.fault { throw CommandError(.failed, fault) }
    }
}
