// Owns what may be a secret: random bytes, or one line of text without what only other texts have. Must never take what
// others know for one: whoever has a public key could sign with its text.

/// Why some bytes are not taken for a secret.
enum NoSecret: Equatable {
    /// The same byte all over.
    case uniform
    /// Longer than secrets are.
    case tooLong
    /// A key in a form that is not read here.
    case key(KeySpelling)
    /// Text that begins with a byte order mark.
    case byteOrderMark
    /// Text of more than one line.
    case lines
    /// Text with quotes or tags.
    case quotes
    /// The place of something.
    case url

    /// The most bytes of a secret.
    static let most = 1024

    /// What a file's bytes are, the line end at its end not counted; nil if they may be a secret.
    init?(file bytes: ArraySlice<UInt8>) {
        if let found = NoSecret(declared: bytes, isFile: true) ?? Self.text(bytes) { self = found } else { return nil }
    }

    /// What the bytes are of which somebody says that they are a secret; nil if they may be one.
    init?(declared bytes: ArraySlice<UInt8>, isFile: Bool = false) {
        if let first = bytes.first, bytes.count > 1, bytes.allSatisfy({ $0 == first }) {
            self = .uniform
        } else if isFile, Self.isUTF16(bytes) {
            self = .key(.utf16)
        } else if let spelling = KeySpelling(in: bytes.prefix(Self.most)) {
            self = .key(spelling)
        } else if bytes.count > Self.most {
            self = .tooLong
        } else {
            return nil
        }
    }

    // MARK: Text

    /// What text is that is no secret; nil for bytes that are no text.
    private static func text(_ bytes: ArraySlice<UInt8>) -> NoSecret? {
        guard isText(bytes) else { return nil }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return .byteOrderMark }
        if bytes.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) { return .lines }
        let apostrophe = UInt8(ascii: "'")
        if bytes.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "`") || $0 == UInt8(ascii: "<") })
            || bytes.first == apostrophe || bytes.last == apostrophe
        {
            return .quotes
        }
        return bytes.contains("://".utf8) ? .url : nil
    }

    /// Whether bytes are text: nearly all are letters, signs and white space. Of random bytes most are something else.
    private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
        let isUTF8 = (try? UTF8Span(validating: bytes.span)) != nil
        let others = bytes.reduce(0) { count, byte in
            switch byte {
            case 0x09...0x0D, 0x20...0x7E: count
            case 0x80...: isUTF8 ? count : count + 1
            default: count + 1
            }
        }
        return others * 4 < bytes.count
    }

    /// Whether bytes are text in which letters have two bytes or four: every other one is zero, or they begin as such do.
    private static func isUTF16(_ bytes: ArraySlice<UInt8>) -> Bool {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return true }
        return bytes.reduce(0) { $1 == 0 ? $0 + 1 : $0 } * 2 + 2 >= bytes.count && bytes.count > 8
    }
}

// MARK: - Words

extension NoSecret {
    /// What is wrong and what to do.
    func error(name: String) -> AuthorizationError {
        switch self {
        case .uniform:
            AuthorizationError(
                .weak, "\(name) is one byte again and again, which can be guessed; make a secret with: \(Self.command)")
        case .tooLong:
            AuthorizationError(
                .unsupported,
                "\(name) is neither PEM nor JSON, and has more bytes than a secret, \(Self.most); is it the right one?")
        case .key(let spelling):
            AuthorizationError(
                .unsupported, "\(name) looks like a key in the form of \(spelling.rawValue); \(spelling.advice)")
        case .byteOrderMark:
            AuthorizationError(
                .unsupported, "\(name) begins with a byte order mark, which would be part of the secret; remove it")
        case .lines:
            AuthorizationError(
                .unsupported,
                "\(name) is neither PEM nor JSON, and has more than one line or a control character; a secret is one line, or goes into a JWK: {\"kty\":\"oct\",\"k\":\"…\"}"
            )
        case .quotes:
            AuthorizationError(
                .unsupported,
                "\(name) is neither PEM nor JSON, and has quotes or a \"<\"; a secret has none: \(Self.command)")
        case .url:
            AuthorizationError(
                .unsupported, "\(name) holds a URL, which others know; keys that are to be fetched are for --jwks URL")
        }
    }

    private static let command = "openssl rand -base64 48"
}
