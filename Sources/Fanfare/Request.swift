// Owns what a route's handler sees of a request: values only, for it may keep them.

import HTTPMessage

/// A request to a route.
public struct Request: Sendable {
    let head: RequestHead
    /// The hub of the server that got it.
    public let hub: Hub
    /// What stood at the places that the route's path left open.
    public internal(set) var parameters = PathParameters()
    /// The body, as the route's `BodyMode` says.
    public internal(set) var body: RequestBody

    init(_ head: borrowing RequestHead, _ body: RequestBody, _ hub: Hub) {
        self.head = copy head
        self.body = body
        self.hub = hub
    }

    /// The method, as `GET`.
    public var method: String { head.method.name }

    /// The path, percent-encoded as it came.
    public var path: String { head.path }

    /// The first value of a query parameter, decoded; `nil` if there is none.
    ///
    /// - Throws: an error that is answered with 400 if the value is not UTF-8.
    public func query(_ name: String) throws -> String? { try head.query.first(name) }

    /// The value of a field, whatever the case of its name.
    public func header(_ name: String) -> String? { head[name] }
}
