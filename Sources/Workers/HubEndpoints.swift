// Owns the paths of the hub's own endpoints. Nothing but health is reached there without a grant.

import Admission
import Answers
import HTTPMessage

/// The hub's own endpoints: publish, subscribe, history, topics, connections, presence, inboxes, health, and their
/// description.
package struct HubEndpoints {
    private let place: (String) -> PathTemplate
    private var list: [Route] = []

    private init(place: @escaping (String) -> PathTemplate) { self.place = place }

    /// The endpoints, those first that are asked for most.
    ///
    /// - Parameter place: where a path is.
    package static func routes(at place: @escaping (String) -> PathTemplate) -> [Route] {
        var endpoints = HubEndpoints(place: place)
        endpoints.addAll()
        return endpoints.list
    }

    private mutating func addAll() {
        add(.post, "/publish", granted: { $0.publish($1, $2, $3, $4) })
        add(.get, "/subscribe") { worker, exchange, head, body in
            worker.admit(exchange.forStream(head), head, body) { worker, exchange, head, _, grant in
                worker.subscribe(exchange, head, grant)
            }
        }
        add(.get, "/events", granted: { worker, exchange, head, _, grant in worker.history(exchange, head, grant) })
        add(.get, "/topics", forAdmins: "listing topics") { $0.listTopics($1, $2) }
        add(.get, "/connections", forAdmins: "listing open streams") { $0.listConnections($1, $2) }
        add(.delete, "/connections", forAdmins: "ending streams") { $0.endConnections($1, $2) }
        add(.get, "/presence", forAdmins: "listing who is on a topic") { $0.presence($1, $2) }
        add(.get, "/inbox", granted: { worker, exchange, head, _, grant in worker.readInbox(exchange, head, grant) })
        add(.put, "/inbox", granted: { $0.addToInbox($1, $2, $3, $4) })
        add(.post, "/inbox/ack", granted: { $0.acknowledge($1, $2, $3, $4) })
        addHealth("/healthz") { worker, exchange in worker.health(exchange) }
        addHealth("/readyz") { worker, exchange in worker.readiness(exchange) }
        add(.get, "/openapi.json") { worker, exchange, _, _ in worker.describe(exchange) }
    }

    private mutating func add(
        _ method: HTTPMessage.Method, _ path: String,
        _ endpoint: @escaping Route.HubEndpoint
    ) {
        list.append(Route(method: method, template: place(path), kind: .hub(endpoint)))
    }

    private mutating func addHealth(
        _ path: String, _ endpoint: @escaping @Sendable (Worker, consuming Exchange) -> Void
    ) {
        let kind = Route.Kind.hub { worker, exchange, _, _ in endpoint(worker, exchange) }
        var route = Route(method: .get, template: place(path), kind: kind)
        route.isForHealth = true
        list.append(route)
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
