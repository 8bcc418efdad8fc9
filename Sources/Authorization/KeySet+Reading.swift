// Owns how keys are told from one another in a file or an answer. Must never take the text of a public key for a secret:
// anybody could sign with it.

extension KeySet {
    /// The most bytes of a file or an answer.
    package static let longestText = 1 << 20

    /// Reads the keys of a file or an answer: a secret as it is, but for one line end at its end.
    ///
    /// - Parameters:
    ///   - bytes: all of it.
    ///   - name: what it is called in errors: the file, or the URL.
    /// - Throws: `AuthorizationError` if no key in it can be used.
    package static func read(_ bytes: [UInt8], name: String) throws(AuthorizationError) -> [Key] {
        guard bytes.count <= longestText else {
            throw AuthorizationError(.malformed, "\(name) is over 1 MiB, more than any keys; is it the right one?")
        }
        if let form = foreignForm(of: bytes) {
            throw AuthorizationError(.unsupported, "\(name) is \(form)")
        }
        var secret = bytes[...]
        if secret.last == 0x0A { secret.removeLast() }
        if secret.last == 0x0D { secret.removeLast() }
        return [try Key(secret: Secret(secret), id: nil, algorithm: nil, name: name)]
    }

    /// What a text is that somebody may take for a key, but that is no secret; nil if it may be one.
    private static func foreignForm(of bytes: [UInt8]) -> String? {
        let start = bytes.prefix { $0 <= 0x20 }.count
        if bytes[start...].starts(with: "-----BEGIN ".utf8) { return "in PEM form, which is not supported" }
        // A secret of chance bytes that begins so is hardly ever UTF-8 to its end.
        if start < bytes.count, bytes[start] == UInt8(ascii: "{") || bytes[start] == UInt8(ascii: "["),
            (try? UTF8Span(validating: bytes.span)) != nil
        {
            return "JSON, which is not supported"
        }
        return nil
    }
}
