// Owns what is known of an address that the server listens on.

import Network

/// An address that the server listens on, and whether TLS is spoken there.
struct ListeningPlace: Sendable {
    let address: SocketAddress
    let isSecure: Bool

    /// The address and port, as a URL has them.
    var authority: String { address.description }
}
