internal import Fanfare

/// What `fanfare serve` makes of its arguments, its environment and its file, before anything is opened.
struct ServePlan: Sendable {
    var options: ServeOptions
    /// Where each value that is not the default is from.
    var sources: [String: OptionSource]

    /// Reads all three sources, the weakest first; `readFile` gives the file's contents.
    ///
    /// - Throws: ``CommandError`` for the first unknown name or bad value, or what `readFile` throws.
    init(
        _ arguments: ParsedArguments, environment: [String: String],
        readFile: (String) throws(CommandError) -> [UInt8]
    ) throws(CommandError) {
        let table = ServeOptions.table
        if let operand = arguments.operands.first {
            throw CommandError(.usage, "'\(operand)' is not an option of serve; 'fanfare help serve' lists all")
        }
        let outer =
            try table.settings(
                environment: environment, isStrict: true,
                ignoring: [HubURL.variable, HubTrust.variable, HubToken.variable])
            + arguments.settings
        let (named, _) = try table.apply(outer, to: ServeOptions())
        var settings: [OptionSetting] = []
        if let path = named.config { settings = try table.settings(file: path, contents: try readFile(path)) }
        (options, sources) = try table.apply(settings + outer, to: ServeOptions())
        if options.demo { options.configuration.open = true }
    }

    /// Every value and where it is from.
    var report: String {
        var sources = sources
        if options.demo, let demo = sources["demo"] { sources["open"] = demo }
        return ServeOptions.table.report(options, sources: sources)
    }

    /// Checks that the values can be served together.
    ///
    /// - Throws: ``CommandError`` that names the value's place.
    func validate() throws(CommandError) {
        do throws(ConfigurationError) {
            try options.configuration.validate()
        } catch {
            let place = sources[error.option]?.place(of: error.option) ?? "--\(error.option)"
            throw CommandError(.usage, "\(place): \(error.message)")
        }
    }
}
