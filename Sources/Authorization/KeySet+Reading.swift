// Owns how keys are told from one another in a file or an answer. Must never take the text of a public key for a secret:
// anybody could sign with it.

extension KeySet {
    /// The most bytes of a file or an answer.
    package static let longestText = 1 << 20

    /// Reads the keys of a file or an answer: a key or a set of keys in JSON (RFC 7517), keys and certificates in PEM, or a
    /// secret as it is, but for one line end at its end.
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
        if let form = foreignForm(of: bytes) {
            throw AuthorizationError(
                .unsupported, "\(name) looks like a key in the form of \(form); it has to be in PEM: \(form.command)")
        }
        var secret = bytes[...]
        if secret.last == 0x0A { secret.removeLast() }
        if secret.last == 0x0D { secret.removeLast() }
        if isTokenOrEncrypted(secret) {
            throw AuthorizationError(
                .encrypted,
                "\(name) is a token, or a key that is encrypted (RFC 7517 section 7); give the key itself, not encrypted"
            )
        }
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
        return (try? UTF8Span(validating: bytes.span)) != nil
    }

    /// Whether a text is something in a compact form: three or five parts, of which the first is an object in base64url.
    private static func isTokenOrEncrypted(_ text: ArraySlice<UInt8>) -> Bool {
        let dots = text.reduce(0) { $1 == UInt8(ascii: ".") ? $0 + 1 : $0 }
        return (dots == 2 || dots == 4) && text.starts(with: "eyJ".utf8)
    }

    /// Forms of public keys that are not read here, but must not pass for secrets.
    private enum ForeignForm: String, CustomStringConvertible {
        case der = "DER"
        case base64 = "PEM without its first and last line"
        case ssh = "SSH"
        case utf16 = "UTF-16"

        var description: String { rawValue }

        var command: String {
            switch self {
            case .der: "openssl pkey -inform DER -in FILE -out NEW (with -pubin if it is public)"
            case .base64: "put -----BEGIN PUBLIC KEY----- before it and -----END PUBLIC KEY----- after it"
            case .ssh: "ssh-keygen -e -m PKCS8 -f FILE"
            case .utf16: "iconv -f UTF-16 -t UTF-8 FILE"
            }
        }
    }

    private static func foreignForm(of bytes: [UInt8]) -> ForeignForm? {
        if ["ssh-", "ecdsa-sha2-", "sk-ssh-"].contains(where: { bytes.starts(with: $0.utf8) }) { return .ssh }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return .utf16 }
        if isDER(bytes) { return .der }
        return fromBase64(bytes).map(isDER) == true ? .base64 : nil
    }

    /// Whether it is a sequence of DER that is as long as it says (X.690 section 8.1).
    private static func isDER(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 4, bytes[0] == 0x30 else { return false }
        let digits = bytes[1] < 0x80 ? 0 : Int(bytes[1] & 0x7F)
        guard digits <= 3 else { return false }
        let length = digits == 0 ? Int(bytes[1]) : bytes[2..<2 + digits].reduce(0) { $0 << 8 | Int($1) }
        return length == bytes.count - 2 - digits
    }

    /// The bytes of base64 on as many lines as it may have, as identity providers show their public keys.
    private static func fromBase64(_ text: [UInt8]) -> [UInt8]? {
        let letters = text.filter { $0 > 0x20 && $0 != UInt8(ascii: "=") }.map { letter in
            switch letter {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: letter
            }
        }
        return Base64URL.decode(letters.span)
    }
}
