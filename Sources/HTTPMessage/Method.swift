// Owns request methods. Must never fold case: `get` is a method of its own (RFC 9110 section 9.1).

/// What a request asks for (RFC 9110 section 9).
public enum Method: Sendable, Hashable {
    case get, head, post, put, delete, options, patch
    /// Any other token, as it was sent.
    case other(String)

    /// A method by its exact name; nil if the name is no token.
    package init?(_ name: String) {
        guard ASCII.isToken(name) else { return nil }
        let bytes = [UInt8](name.utf8)
        self.init(bytes, bytes.indices)
    }

    /// A method from the octets of a token.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        // Up to seven letters fit one word: a compare of numbers instead of one of texts.
        var word: UInt64 = 0
        if range.count <= 7 {
            for index in range { word = word << 8 | UInt64(bytes[index]) }
        }
        switch word {
        case 0x47_4554: self = .get
        case 0x4845_4144: self = .head
        case 0x504F_5354: self = .post
        case 0x50_5554: self = .put
        case 0x4445_4C45_5445: self = .delete
        case 0x4F_5054_494F_4E53: self = .options
        case 0x50_4154_4348: self = .patch
        default: self = .other(ASCII.text(bytes, range))
        }
    }

    /// The name as it stands in a request line.
    public var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .patch: "PATCH"
        case .other(let name): name
        }
    }
}

extension Method: CustomStringConvertible {
    /// The name, as `GET`.
    public var description: String { name }
}
