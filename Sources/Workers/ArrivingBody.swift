// Owns the body of a request on its way from the connection to whoever reads it.

package import Network

/// The body of a request, as its connection hands it on.
package enum ArrivingBody: Sendable {
    /// All of it.
    case whole([UInt8])
    /// What comes, up to so many bytes.
    case incoming(Reading, upTo: Int)

    /// Holds a body as long as there is somebody who may read it.
    package final class Reading: Sendable {
        package let body: IncomingBody

        package init(_ body: IncomingBody) { self.body = body }

        deinit { body.letGo() }
    }
}
