// Owns a server made of the library's public API alone, which the acceptance tests talk to. Each file beside this one
// adds the routes of one capability, under a path of its own.

import Fanfare
import Gallery

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@main
enum ExampleServer {
    /// Listens where the arguments say, `127.0.0.1:0` if none does, until it is told to end. Arguments as `drain=500` are
    /// settings, times in
    /// milliseconds; `ledger=FILE` is where the record goes of what became of each stream. With `runs=2` it begins again when it has
    /// ended once.
    static func main() async throws {
        var configuration = Configuration()
        configuration.listen = []
        configuration.open = true
        for argument in CommandLine.arguments.dropFirst() { configuration.take(argument) }
        if configuration.listen.isEmpty { configuration.listen = ["127.0.0.1:0"] }
        configuration.log = .memory
        let files = CommandLine.arguments.first { $0.hasPrefix("files=") }.map { String($0.dropFirst(6)) }
        let key = try TokenKey(secret: "the secret of the example server's own tokens")
        let server = try Server(configuration) { routes in
            if let brief = Gallery.Settings.brief { Gallery.add(to: &routes, brief) }
            routes.get("/hello") { _ in .text("hello\n") }
            Gone.add(to: &routes)
            Intake.add(to: &routes)
            Outflow.add(to: &routes)
            Computed.add(to: &routes)
            Routing.add(to: &routes, files: files, key: key)
            routes.hub()
        }
        let runs = CommandLine.arguments.first { $0.hasPrefix("runs=") }.flatMap { Int($0.dropFirst(5)) } ?? 1
        for _ in 0..<runs {
            try await server.run { urls in
                print("Example is ready on \(urls.joined(separator: " and "))")
                fflush(nil)
            }
        }
        let ledger = CommandLine.arguments.first { $0.hasPrefix("ledger=") }.map { String($0.dropFirst(7)) }
        if let ledger { Outflow.keepLedger(in: ledger) }
    }
}
