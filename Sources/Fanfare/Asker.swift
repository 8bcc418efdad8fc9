// Owns the way from a request, on whatever thread it is looked at, back to the worker that knows whose it is.

import Workers

/// The worker of a request, and the connection that it came on.
struct Asker: Sendable {
    let worker: Worker
    /// What tells the connection from others; nil if it was gone already.
    let connection: ObjectIdentifier?
}
