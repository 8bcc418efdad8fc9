// Owns what is known of an address that the server listens on.

package import Network

/// An address that the server listens on, and whether TLS is spoken there.
package struct ListeningPlace: Sendable {
    package let address: SocketAddress
    package let isSecure: Bool

    package init(address: SocketAddress, isSecure: Bool) {
        self.address = address
        self.isSecure = isSecure
    }

    /// The address and port, as a URL has them.
    package var authority: String { address.description }
}
