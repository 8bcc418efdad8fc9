// Owns the versions of HTTP that are spoken on the wire as text.

/// The version of a message (RFC 9112 section 2.3).
package enum HTTPVersion: Sendable, Hashable {
    case http10
    case http11
}
