// Owns the list of routes while a program makes it. It never changes once the server is made.

import HTTPMessage

/// The routes of a server, in the order in which they are asked. One that declines a request leaves it to the next.
public struct Routes {
    var list: [Route] = []
    /// Whether the hub's own endpoints are among them.
    private(set) var hasHub = false

    /// Answers GET, and HEAD without the body, at a path in which `{name}` stands for one segment.
    public mutating func get(_ path: String, _ handler: @escaping @Sendable (Request) async throws -> Response) {
        add(.get, path, handler)
    }

    /// Answers POST at a path in which `{name}` stands for one segment.
    ///
    /// - Parameters:
    ///   - path: the path.
    ///   - body: how the handler gets the body.
    ///   - handler: answers the request, or declines it.
    public mutating func post(
        _ path: String, body: BodyMode = .collected, _ handler: @escaping @Sendable (Request) async throws -> Response
    ) {
        add(.post, path, body: body, handler)
    }

    /// Answers PUT at a path in which `{name}` stands for one segment.
    ///
    /// - Parameters:
    ///   - path: the path.
    ///   - body: how the handler gets the body.
    ///   - handler: answers the request, or declines it.
    public mutating func put(
        _ path: String, body: BodyMode = .collected, _ handler: @escaping @Sendable (Request) async throws -> Response
    ) {
        add(.put, path, body: body, handler)
    }

    /// Answers DELETE at a path in which `{name}` stands for one segment.
    public mutating func delete(_ path: String, _ handler: @escaping @Sendable (Request) async throws -> Response) {
        add(.delete, path, handler)
    }

    /// Adds the hub's own endpoints: publish, subscribe, history, topics, connections, presence, inboxes
    /// and health.
    public mutating func hub() {
        hasHub = true
        add(.post, "/publish", granted: { $0.publish($1, $2, $3, $4) })
        add(
            .get, "/subscribe", granted: { worker, exchange, head, _, grant in worker.subscribe(exchange, head, grant) }
        )
        add(.get, "/events", granted: { worker, exchange, head, _, grant in worker.history(exchange, head, grant) })
        add(.get, "/topics", forAdmins: "listing topics") { $0.listTopics($1, $2) }
        add(.get, "/connections", forAdmins: "listing open streams") { $0.listConnections($1, $2) }
        add(.delete, "/connections", forAdmins: "ending streams") { $0.endConnections($1, $2) }
        add(.get, "/presence", forAdmins: "listing who is on a topic") { $0.presence($1, $2) }
        add(.get, "/inbox", granted: { worker, exchange, head, _, grant in worker.readInbox(exchange, head, grant) })
        add(.put, "/inbox", granted: { $0.addToInbox($1, $2, $3, $4) })
        add(.post, "/inbox/ack", granted: { $0.acknowledge($1, $2, $3, $4) })
        add(.get, "/healthz") { worker, exchange, _, _ in worker.health(exchange) }
        add(.get, "/readyz") { worker, exchange, _, _ in worker.readiness(exchange) }
    }

    private mutating func add(
        _ method: HTTPMessage.Method, _ path: String, body: BodyMode = .collected,
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) {
        list.append(Route(method: method, template: PathTemplate(path), kind: .handler(handler), body: body))
    }

    private mutating func add(
        _ method: HTTPMessage.Method, _ path: String,
        _ endpoint: @escaping @Sendable (Worker, consuming Exchange, borrowing RequestHead, [UInt8]) -> Void
    ) {
        list.append(Route(method: method, template: PathTemplate(path), kind: .hub(endpoint)))
    }

    /// Adds an endpoint that does as much as whoever asks was granted.
    private mutating func add(
        _ method: HTTPMessage.Method, _ path: String, granted endpoint: @escaping Worker.GrantedEndpoint
    ) {
        add(method, path) { $0.admit($1, $2, $3, to: endpoint) }
    }

    /// Adds an endpoint for those who look after the hub.
    ///
    /// - Parameter what: what it does, as `listing topics`.
    private mutating func add(
        _ method: HTTPMessage.Method, _ path: String, forAdmins what: String,
        _ endpoint: @escaping @Sendable (Worker, consuming Exchange, borrowing RequestHead) -> Void
    ) {
        add(
            method, path,
            granted: { worker, exchange, head, _, grant in
                if let problem = grant.adminRefusal(of: what) { return exchange.answer(problem) }
                endpoint(worker, exchange, head)
            })
    }
}
