// Owns what a route's handler sees of a request: values only, for it may keep them.

public import HTTPMessage
import Network
import Proxies
import Settings
import Wishes
import Workers

/// A request to a route.
public struct Request: Sendable {
    let head: RequestHead
    /// What middleware added, by keys.
    var values: [ObjectIdentifier: any Sendable] = [:]
    /// Who may be asked about whose request it is.
    let asker: Asker
    /// The hub of the server that got it.
    public let hub: Hub
    /// What stood at the places that the route's path left open.
    public internal(set) var parameters = PathParameters()
    /// The body, as the route's `BodyMode` says.
    public internal(set) var body: RequestBody
    /// Whether the client asked over TLS; behind a trusted proxy, whether it asked that so.
    public let isSecure: Bool
    /// The client's address and port, as `192.0.2.1:50000`; behind a trusted proxy what that says, which may be without
    /// a port. Empty if the client was gone already.
    public let client: String
    /// The client's address alone, as `192.0.2.1`; empty if the client was gone already.
    public let address: String

    init(_ head: borrowing RequestHead, _ body: RequestBody, of exchange: borrowing Exchange, _ hub: Hub) {
        self.head = copy head
        self.body = body
        self.hub = hub
        asker = Asker(worker: exchange.worker, connection: exchange.carrier.connectionIdentity)
        isSecure = exchange.isSecure
        let client = exchange.client
        self.client = client?.description ?? ""
        address = client?.ip.description ?? ""
    }

    /// The method, as `.get`. It is `.head` in a route for GET that answers HEAD.
    public var method: HTTPMessage.Method { head.method }

    /// The path, percent-encoded as it came.
    public var path: String { head.path }

    /// The query as it came, without the `?`; `nil` if there is none.
    public var rawQuery: String? { head.rawQuery }

    /// The first value of a query parameter, decoded; `nil` if there is none.
    ///
    /// - Throws: an error that is answered with 400 if the value is not UTF-8.
    public func query(_ name: String) throws -> String? { try head.query.first(name) }

    /// The values of all query parameters with a name, decoded, in order.
    ///
    /// - Throws: an error that is answered with 400 if one of them is not UTF-8.
    public func queries(_ name: String) throws -> [String] { try head.query.all(name) }

    /// The value of the first field with a name, whatever its case; `nil` if there is none.
    public func header(_ name: String) -> String? { head[name] }

    /// The values of all fields with a name, whatever its case, in order.
    public func headers(_ name: String) -> [String] { head.values(of: name) }

    /// The cookies by name (RFC 6265, section 4.2.1). Of several with one name the first counts, which browsers send for the
    /// longest path.
    public var cookies: [String: String] {
        Dictionary(head.cookies.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// The id of the last event that the client got, after which its stream goes on: `Last-Event-ID`, else
    /// `last_event_id` or `lastEventId` in the query; `nil` if it names none.
    public var lastEventID: String? { try? SubscribeQuery.lastID(head) }

    /// Where the client asked, as `https://example.org:8443`, without a path. A server that was asked without a `Host` names
    /// an address it listens on.
    public var origin: String { "\(isSecure ? "https" : "http")://\(authority)" }

    /// The host and port that the client asked, as it wrote them.
    private var authority: String {
        head.host.isEmpty ? asker.worker.core.places.first?.authority ?? "localhost" : head.host
    }
}
