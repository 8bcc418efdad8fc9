// Owns what middleware and handlers tell each other about a request. It must never outlive the request.

/// The name of a value that middleware adds to a request, for the handlers behind it.
///
///     enum Customer: RequestKey { typealias Value = String }
///
///     routes.use { request, next in
///         var request = request
///         request[Customer.self] = try await request.identity()?.user
///         return try await next(request)
///     }
///     routes.get("/orders") { request in .text(request[Customer.self] ?? "nobody") }
public protocol RequestKey {
    /// What is added.
    associatedtype Value: Sendable
}

extension Request {
    /// What middleware added to the request under a key; `nil` if it added nothing. Who sets it does so in a copy, which goes
    /// to `next`.
    public subscript<Key: RequestKey>(key: Key.Type) -> Key.Value? {
        get { values[ObjectIdentifier(key)].flatMap { $0 as? Key.Value } }
        set { values[ObjectIdentifier(key)] = newValue }
    }
}
