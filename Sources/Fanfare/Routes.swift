// Owns the list of routes while a program makes it. It never changes once the server is made.

import HTTPMessage

/// The routes of a server, in the order in which they are asked. One that declines a request leaves it to the next.
public struct Routes {
    var list: [Route] = []

    /// Answers GET, and HEAD without the body, at a path in which `{name}` stands for one segment.
    public mutating func get(_ path: String, _ handler: @escaping @Sendable (Request) async throws -> Response) {
        add(.get, path, handler)
    }

    /// Answers POST at a path in which `{name}` stands for one segment.
    public mutating func post(_ path: String, _ handler: @escaping @Sendable (Request) async throws -> Response) {
        add(.post, path, handler)
    }

    /// Answers PUT at a path in which `{name}` stands for one segment.
    public mutating func put(_ path: String, _ handler: @escaping @Sendable (Request) async throws -> Response) {
        add(.put, path, handler)
    }

    /// Answers DELETE at a path in which `{name}` stands for one segment.
    public mutating func delete(_ path: String, _ handler: @escaping @Sendable (Request) async throws -> Response) {
        add(.delete, path, handler)
    }

    /// Adds the hub's own endpoints: publish, subscribe, history, topics, connections, presence and health.
    public mutating func hub() {
        add(.post, "/publish") { $0.publish($1) }
        add(.get, "/subscribe") { $0.subscribe($1) }
        add(.get, "/events") { $0.history($1) }
        add(.get, "/topics") { $0.listTopics($1) }
        add(.get, "/connections") { $0.listConnections($1) }
        add(.delete, "/connections") { $0.endConnections($1) }
        add(.get, "/presence") { $0.presence($1) }
        add(.get, "/healthz") { $0.health($1) }
        add(.get, "/readyz") { $0.readiness($1) }
    }

    private mutating func add(
        _ method: HTTPMessage.Method, _ path: String, _ handler: @escaping @Sendable (Request) async throws -> Response
    ) {
        list.append(Route(method: method, template: PathTemplate(path), kind: .handler(handler)))
    }

    private mutating func add(
        _ method: HTTPMessage.Method, _ path: String, _ endpoint: @escaping @Sendable (Worker, Exchange) -> Void
    ) {
        list.append(Route(method: method, template: PathTemplate(path), kind: .hub(endpoint)))
    }
}
