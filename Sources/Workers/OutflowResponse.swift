// Owns the values of responses that come by and by, until they are sent.

import Hub
import TimerWheel

/// A response whose content the program writes while it is sent.
struct OutflowResponse: Sendable {
    let kind: Kind
    /// Writes it, in a task of its own.
    let write: @Sendable (OutflowPipe) async throws -> Void

    enum Kind: Sendable {
        /// An event stream.
        case events(retry: Milliseconds?, user: String?)
        /// Bytes, and how many if that is known.
        case body(length: Int?)
    }
}
