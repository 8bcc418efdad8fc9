import Fanfare

/// Runs a server on a port of the system's choice while `body` runs.
func withServer(
    workers: Int = 1, maxConnections: Int? = nil, drain: Duration? = nil, jwks: [String] = [],
    routes: (inout Routes) -> Void = { $0.hub() },
    _ body: @escaping @Sendable (UInt16) async throws -> Void
) async throws {
    var configuration = Configuration()
    configuration.maxConnections = maxConnections
    configuration.listen = ["127.0.0.1:0"]
    configuration.workers = workers
    configuration.open = jwks.isEmpty
    configuration.jwks = jwks
    configuration.log = .memory
    if let drain { configuration.drain = drain }
    let server = try Server(configuration, routes: routes)
    let (ports, continuation) = AsyncStream<UInt16>.makeStream()
    try await withThrowingTaskGroup { group in
        group.addTask {
            try await server.run { addresses in
                continuation.yield(UInt16(addresses[0].split(separator: ":").last!)!)
            }
        }
        for await port in ports {
            try await body(port)
            break
        }
        group.cancelAll()
        try await group.waitForAll()
    }
}

/// Opens once, and lets everyone through who waits.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func pass() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }
}
