import Fanfare
import Foundation
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

    /// Runs the server until `body` is over, and returns what that does.
    @discardableResult
    func run<Value: Sendable>(_ body: @escaping @Sendable (Hub) async throws -> Value) async throws -> Value {
        let (readiness, isReady) = AsyncStream<Void>.makeStream()
        return try await withThrowingTaskGroup { group in
            group.addTask {
                defer { isReady.finish() }
                try await server.run { _ in isReady.yield() }
            }
            let value: Value
            do {
                for await _ in readiness { break }
                value = try await body(hub)
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
    }
}

/// Runs a server while `body` runs, with the hub inside it.
func withHub(
    _ set: (inout Configuration) -> Void = { _ in }, _ body: @escaping @Sendable (Hub) async throws -> Void
) async throws {
    try await HubWorld(set).run(body)
}

/// Makes a directory for the file of a log, and removes it when `body` is over.
func withLogFile(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "fanfare-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.appending(path: "log.db").path)
}

/// Reads while `body` runs, which sees what has come.
func reading(
    _ events: HubEvents, while body: (Shared<[PublishedEvent]>) async throws -> Void
) async throws {
    let read = Shared<[PublishedEvent]>([])
    try await withThrowingTaskGroup { group in
        group.addTask { for try await event in events { read.change { $0.append(event) } } }
        do {
            try await body(read)
        } catch {
            group.cancelAll()
            throw error
        }
        group.cancelAll()
        try await group.waitForAll()
    }
}

/// Waits until something holds. It looks every millisecond: the processors are for those on whom it depends.
func waiting(until holds: () -> Bool) async {
    while !holds() {
        await Task.yield()
        if holds() { return }
        try? await Task.sleep(for: .milliseconds(1))
    }
}

/// A value that several tasks touch.
final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func change(_ body: @Sendable (inout Value) -> Void) { state.withLock { body(&$0) } }
}

/// What code an operation of the hub fails with; nil if it does not fail.
func failure(of body: () async throws(Hub.Failure) -> Void) async -> Hub.Failure.Code? {
    do throws(Hub.Failure) {
        try await body()
        return nil
    } catch {
        return error.code
    }
}
