// Owns a server made of the library's public API alone, which the acceptance tests talk to. Each file beside this one
// adds the routes of one capability, under a path of its own.

import Fanfare

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@main
enum ExampleServer {
    /// Listens where the arguments say, `127.0.0.1:0` if there are none, until it is told to end.
    static func main() async throws {
        var configuration = Configuration()
        let addresses = Array(CommandLine.arguments.dropFirst())
        configuration.listen = addresses.isEmpty ? ["127.0.0.1:0"] : addresses
        configuration.log = .memory
        configuration.open = true
        let server = try Server(configuration) { routes in
            routes.get("/hello") { _ in .text("hello\n") }
            routes.hub()
        }
        try await server.run { urls in
            print("Example is ready on \(urls.joined(separator: " and "))")
            fflush(nil)
        }
    }
}
