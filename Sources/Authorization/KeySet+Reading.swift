// Owns how keys are told from one another in a file or an answer. Must never take the text of a public key for a secret:
// anybody could sign with it.

extension KeySet {
    /// The most bytes of a file or an answer.
    package static let longestText = 1 << 20

    /// Reads the keys of a file or an answer: a key or a set of keys in JSON (RFC 7517), keys and certificates in PEM, or a
    /// secret as it is, but for one line end at its end: one line of text, or random bytes (``NoSecret``).
    ///
    /// A certificate counts for its key only: neither who signed it nor until when it is valid matters here.
    ///
    /// - Parameters:
    ///   - bytes: all of it.
    ///   - name: what it is called in errors: the file, or the URL.
    /// - Throws: `AuthorizationError` if no key in it can be used.
    package static func read(_ bytes: [UInt8], name: String) throws(AuthorizationError) -> [Key] {
        guard bytes.count <= longestText else {
            throw AuthorizationError(.malformed, "\(name) is over 1 MiB, more than any keys; is it the right one?")
        }
        if holdsPEM(bytes) { return try PEMKeys.read(bytes, name: name) }
        if isJSON(bytes) { return try JWK.read(bytes, name: name) }
        var secret = bytes[...]
        if secret.last == 0x0A { secret.removeLast() }
        if secret.last == 0x0D { secret.removeLast() }
        if isTokenOrEncrypted(secret) {
            throw AuthorizationError(
                .encrypted,
                "\(name) is a token, or a key that is encrypted (RFC 7517 section 7); give the key itself, not encrypted"
            )
        }
        if let reason = NoSecret(file: secret) { throw reason.error(name: name) }
        return [try Key(secret: Secret(secret), id: nil, algorithm: nil, name: name)]
    }

    /// Whether somewhere in a text something in PEM begins; other programs write words before it.
    private static func holdsPEM(_ bytes: [UInt8]) -> Bool {
        let mark = Array("-----BEGIN ".utf8)
        return bytes.indices.contains { bytes[$0] == mark[0] && bytes[$0...].starts(with: mark) }
    }

    /// Whether a text is to be JSON, sound or not. A secret of chance bytes that begins so is hardly ever UTF-8 to its end.
    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.dropFirst(bytes.starts(with: byteOrderMark) ? 3 : 0).drop { $0 <= 0x20 }
        guard text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[") else { return false }
        // A zero is in no JSON, but in UTF-16.
        return (try? UTF8Span(validating: bytes.span)) != nil && !bytes.contains(0)
    }

    /// Whether a text is something in a compact form: three or five parts, of which the first is an object in base64url.
    private static func isTokenOrEncrypted(_ text: ArraySlice<UInt8>) -> Bool {
        let dots = text.reduce(0) { $1 == UInt8(ascii: ".") ? $0 + 1 : $0 }
        return (dots == 2 || dots == 4) && text.starts(with: "eyJ".utf8)
    }
}
