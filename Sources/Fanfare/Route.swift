// Owns what a route is, once it is made: it never changes.

import HTTPMessage

/// A method, a path, and what answers it.
struct Route: Sendable {
    let method: HTTPMessage.Method
    let template: PathTemplate
    let kind: Kind
    /// How a program's handler gets the body.
    var body = BodyMode.collected
    /// Whether it tells of the server's health, which is answered whatever else is refused.
    var isForHealth = false

    /// Whether pages of any origin may read what it answers.
    var isForAnyOrigin = false

    /// How many bytes of a body it reads while they come; nil if it wants them to be there.
    var streamedBodyLimit: Int? {
        if case .streamed(let limit) = body { limit } else { nil }
    }

    enum Kind: Sendable {
        /// One of the hub's own endpoints, on the worker's thread, without a task.
        case hub(@Sendable (Worker, consuming Exchange, borrowing RequestHead, [UInt8]) -> Void)
        /// A program's handler, in a task.
        case handler(Routes.Handler)
    }

    /// Whether it answers a method. HEAD is GET without the body, unless a route is for HEAD alone.
    func answers(_ wanted: HTTPMessage.Method) -> Bool { method == wanted || (wanted == .head && method == .get) }
}
