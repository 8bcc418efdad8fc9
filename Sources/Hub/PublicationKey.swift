// Owns the form of the keys under which repeats of a request are known. One user's must never meet another's.

import ByteSearch

/// A publisher's name for one request: the field `Idempotency-Key`, and whose it is. Whoever repeats the request under
/// the same key publishes nothing twice.
package struct PublicationKey: Sendable, Hashable {
    /// The most bytes of a key.
    package static let longest = 255

    /// The key as the publisher gave it.
    package let text: String
    /// Among whose keys it is one: the empty text for those of nobody, else a `=` and the user.
    package let scope: String

    /// Checks a key.
    ///
    /// - Throws: `HubError` unless it has 1 to 255 bytes of printable ASCII.
    package init(_ text: String, of user: String?) throws(HubError) {
        guard (1...Self.longest).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw HubError(.badEvent, "an Idempotency-Key has 1 to \(Self.longest) bytes of printable ASCII")
        }
        self.text = text
        scope = user.map { "=\($0)" } ?? ""
    }

    package static func == (one: PublicationKey, other: PublicationKey) -> Bool {
        one.text == other.text && one.scope.hasBytes(of: other.scope)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// About how many bytes a log spends on it, with so many ids.
    package func footprint(ids: Int) -> Int { text.utf8.count + scope.utf8.count + 160 + 32 * ids }
}
