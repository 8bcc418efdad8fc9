// Owns what a route is, once it is made: it never changes.

package import HTTPMessage

/// A method, a path, and what answers it.
package struct Route: Sendable {
    package let method: HTTPMessage.Method
    package let template: PathTemplate
    package let kind: Kind
    /// How many bytes of a body it reads while they come; nil if it wants them to be there.
    package var streamedBodyLimit: Int?
    /// Whether it tells of the server's health, which is answered whatever else is refused.
    package var isForHealth = false
    /// Whether pages of any origin may read what it answers.
    package var isForAnyOrigin = false

    /// Makes a route that collects its body, if it is not changed.
    package init(method: HTTPMessage.Method, template: PathTemplate, kind: Kind) {
        self.method = method
        self.template = template
        self.kind = kind
    }

    package enum Kind: Sendable {
        /// One of the hub's own endpoints, on the worker's thread, without a task.
        case hub(HubEndpoint)
        /// One of a program's, by its number.
        case program(Int)
    }

    /// What answers for the hub.
    package typealias HubEndpoint = @Sendable (Worker, consuming Exchange, borrowing RequestHead, [UInt8]) -> Void

    /// Whether it answers a method. HEAD is GET without the body, unless a route is for HEAD alone.
    func answers(_ wanted: HTTPMessage.Method) -> Bool { method == wanted || (wanted == .head && method == .get) }
}
