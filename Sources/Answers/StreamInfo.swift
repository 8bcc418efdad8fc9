// Owns what a program is told of a stream. Values only: it may keep them.

/// An open event stream: one of the hub's, or one that a route of the program writes.
public struct StreamInfo: Sendable, Hashable {
    /// Its id, as `GET /connections` lists it.
    public let id: String
    /// Whose it is, if anyone said.
    public let user: String?
    /// The address and port of its client, as `Request.client` has them; empty if that is gone.
    public let address: String
    /// The topics and patterns that it is open to; none if a route of the program writes it.
    public let patterns: [String]
    /// The path at which it was asked for, percent-encoded as it came. `nil` in lists, where nobody has kept it.
    public let path: String?
    /// When it was opened, in milliseconds since 1970 UTC.
    public let opened: Int

    package init(id: String, user: String?, address: String, patterns: [String], path: String?, opened: Int) {
        self.id = id
        self.user = user
        self.address = address
        self.patterns = patterns
        self.path = path
        self.opened = opened
    }
}

/// A request for an event stream that was refused.
public struct StreamRefusal: Sendable, Hashable {
    /// The stable name of the kind of problem, as `streams-per-user`.
    public let kind: String
    /// The status of the problem. Who asks as a browser does is answered 200 for some, with a stream that ends at once.
    public let status: Int
    /// What the client was told.
    public let detail: String
    /// The address and port of the client, as `Request.client` has them.
    public let address: String
    /// The path at which it was asked for, percent-encoded as it came.
    public let path: String

    package init(kind: String, status: Int, detail: String, address: String, path: String) {
        self.kind = kind
        self.status = status
        self.detail = detail
        self.address = address
        self.path = path
    }
}
