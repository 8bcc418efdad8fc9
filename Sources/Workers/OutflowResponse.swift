// Owns the values of responses that come by and by, until they are sent.

import Hub
package import TimerWheel

/// A response whose content the program writes while it is sent.
package struct OutflowResponse: Sendable {
    package let kind: Kind
    /// Writes it, in a task of its own.
    package let write: @Sendable (OutflowPipe) async throws -> Void

    /// - Parameters:
    ///   - kind: what it is.
    ///   - write: writes it.
    package init(kind: Kind, write: @escaping @Sendable (OutflowPipe) async throws -> Void) {
        self.kind = kind
        self.write = write
    }

    package enum Kind: Sendable {
        /// An event stream.
        case events(retry: Milliseconds?, user: String?)
        /// Bytes, and how many if that is known.
        case body(length: Int?)
    }
}
