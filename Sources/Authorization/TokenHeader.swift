// Owns what is read of a token's header (RFC 7515 section 4). It is read before the signature is checked, so it may choose
// among the hub's own keys and nothing else: keys in it, and places where keys are said to be, are never looked at.

internal import ByteSearch
internal import JSONText

/// How a token says that it is signed.
struct TokenHeader {
    let algorithm: Algorithm
    /// Which key it names (`kid`).
    let keyID: String?

    /// The most bytes of a key's name.
    static let longestKeyID = 256

    /// Reads a header.
    init(_ bytes: [UInt8]) throws(TokenError) {
        let header: JSONValue
        do throws(JSONTextError) {
            header = try JSONValue(parsing: bytes)
        } catch {
            throw error.code == .duplicateMember ? .headerRepeats : .headerIsNoObject
        }
        guard case .object = header else { throw .headerIsNoObject }
        // Names are compared by their bytes.
        guard header["crit"] == nil else { throw .isCritical }
        if let isEncoded = header["b64"], isEncoded != .bool(true) { throw .isUnencoded }
        if let type = header["typ"] { try Self.checkType(type) }
        if let contentType = header["cty"] {
            guard let text = contentType.string else { throw .contentTypeIsNoString }
            if Self.isType(text, "jwt") { throw .isNested }
        }
        guard let name = header["alg"]?.string else { throw .algorithmIsNoString }
        guard let algorithm = Algorithm(named: name) else {
            throw name.utf8.span.hasSameLetters(as: "none".utf8.span) ? .isUnsigned : .unsupportedAlgorithm
        }
        self.algorithm = algorithm
        keyID = try header["kid"].map { (value) throws(TokenError) in
            guard let id = value.string, id.utf8.count <= Self.longestKeyID else { throw .badKeyID }
            return id
        }
    }

    /// Refuses what was made to be another kind of token, whoever signed it (RFC 8725 section 3.11).
    private static func checkType(_ value: JSONValue) throws(TokenError) {
        guard let text = value.string else { throw .typeIsNoString }
        guard isType(text, "jwt") || isType(text, "at+jwt") else { throw .wrongType }
    }

    /// Whether a media type is this one; `application/` may stand before it, and case does not count.
    private static func isType(_ text: String, _ type: String) -> Bool {
        let (text, type, prefix) = (Array(text.utf8), Array(type.utf8), Array("application/".utf8))
        if text.span.hasSameLetters(as: type.span) { return true }
        return text.count == prefix.count + type.count
            && text.span.extracting(first: prefix.count).hasSameLetters(as: prefix.span)
            && text.span.extracting(last: type.count).hasSameLetters(as: type.span)
    }
}
