import Fanfare
import Synchronization

/// A server on a port of the system's choice, of which the hub inside is tested.
struct HubWorld: Sendable {
    let server: Server
    let hub: Hub

    init(_ set: (inout Configuration) -> Void = { _ in }, routes: (inout Routes) -> Void = { $0.hub() }) throws {
        var configuration = Configuration()
        configuration.listen = ["127.0.0.1:0"]
        configuration.workers = 2
        configuration.open = true
        configuration.log = .memory
        configuration.drain = .zero
        configuration.logLevel = .error
        set(&configuration)
        server = try Server(configuration, routes: routes)
        hub = server.hub
    }

    /// Runs the server while `body` runs.
    func run(_ body: @escaping @Sendable (Hub) async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await server.run() }
            do {
                try await body(hub)
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

/// Runs a server while `body` runs, with the hub inside it.
func withHub(
    _ set: (inout Configuration) -> Void = { _ in }, _ body: @escaping @Sendable (Hub) async throws -> Void
) async throws {
    try await HubWorld(set).run(body)
}

/// A value that several tasks touch.
final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func change(_ body: @Sendable (inout Value) -> Void) { state.withLock { body(&$0) } }
}
