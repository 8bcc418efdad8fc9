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

    /// Adds the hub's own endpoints: publish, subscribe, history, topics, connections, presence, inboxes
    /// and health.
    public mutating func hub() {
        add(.post, "/publish") { $0.publish($1, $2, $3) }
        add(.get, "/subscribe") { worker, exchange, head, _ in worker.subscribe(exchange, head) }
        add(.get, "/events") { worker, exchange, head, _ in worker.history(exchange, head) }
        add(.get, "/topics") { worker, exchange, head, _ in worker.listTopics(exchange, head) }
        add(.get, "/connections") { worker, exchange, head, _ in worker.listConnections(exchange, head) }
        add(.delete, "/connections") { worker, exchange, head, _ in worker.endConnections(exchange, head) }
        add(.get, "/presence") { worker, exchange, head, _ in worker.presence(exchange, head) }
        add(.get, "/inbox") { worker, exchange, head, _ in worker.readInbox(exchange, head) }
        add(.put, "/inbox") { $0.addToInbox($1, $2, $3) }
        add(.post, "/inbox/ack") { $0.acknowledge($1, $2, $3) }
        add(.get, "/healthz") { worker, exchange, _, _ in worker.health(exchange) }
        add(.get, "/readyz") { worker, exchange, _, _ in worker.readiness(exchange) }
    }

    private mutating func add(
        _ method: HTTPMessage.Method, _ path: String, _ handler: @escaping @Sendable (Request) async throws -> Response
    ) {
        list.append(Route(method: method, template: PathTemplate(path), kind: .handler(handler)))
    }

    private mutating func add(
        _ method: HTTPMessage.Method, _ path: String,
        _ endpoint: @escaping @Sendable (Worker, consuming Exchange, borrowing RequestHead, [UInt8]) -> Void
    ) {
        list.append(Route(method: method, template: PathTemplate(path), kind: .hub(endpoint)))
    }
}
