internal import Fanfare
internal import Gallery

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
        var gallery = Gallery.Settings()
        if let folder = environment["TMPDIR"], !folder.isEmpty { gallery.temporaryFolder = folder }
        try await serve(plan.options.configuration, plan.options.demo ? gallery : nil, output: output)
    }

    private static func serve(
        _ configuration: Configuration, _ gallery: Gallery.Settings?, output: StandardOutput
    ) async throws(CommandError) {
        do {
            let server = try Server(configuration) { routes in
                // Where paths meet the hub's, the gallery is asked first, and declines what is the hub's.
                if let gallery { Gallery.add(to: &routes, gallery) }
                routes.hub()
            }
            try await server.run { urls in
                var text = "Fanfare is ready on \(urls.joined(separator: " and "))\n"
                if gallery != nil, let first = urls.first {
                    text += "Open \(first)/gallery in a browser. Ctrl-C ends it.\n"
                }
                if let file = configuration.ownKeyFile {
                    text += """
                        Who publishes or listens needs a token, made with the key in \(file):
                          fanfare token --key-file \(Shell.quoted(file)) --user NAME --publish '**' --subscribe '**' --expires 24h

                        """
                }
                // Who started the hub may not read what it prints; it serves all the same.
                try? output.write(text)
            }
        } catch let error as ConfigurationError {
            throw CommandError(.usage, error.description)
        } catch {
            throw CommandError(.failed, "\(error)")
        }
    }
}
