// Owns the text of an address to listen on. Must never guess: what is neither http nor https by its text is for the
// configuration to say.

import Network

/// An address to listen on, and whether TLS is spoken there.
struct ListenAddress: Sendable {
    let address: SocketAddress
    /// Nil when the text does not say.
    let scheme: Scheme?

    enum Scheme: String, Sendable, CaseIterable {
        case http, https
    }

    /// Reads `ADDRESS:PORT`, `http://ADDRESS:PORT` or `https://ADDRESS:PORT`.
    ///
    /// - Throws: `NetworkError` that says what such an address looks like.
    init(_ text: String) throws(NetworkError) {
        scheme = Scheme.allCases.first { text.lowercased().hasPrefix("\($0.rawValue)://") }
        address = try SocketAddress(String(text.dropFirst(scheme.map { $0.rawValue.utf8.count + 3 } ?? 0)))
    }
}
