// Owns the keys of texts in JSON (RFC 7517, RFC 7518 section 6, RFC 8037 section 2). What a key says about where else it
// may be found, and its certificates, are never looked at.

internal import Hub
internal import JSONText

/// A key or a set of keys in JSON.
enum JWK {
    /// The keys of a text that can be used; at least one.
    ///
    /// A key of a set that is not understood is passed over (RFC 7517 section 5).
    static func read(_ text: [UInt8], name: String) throws(AuthorizationError) -> [Key] {
        let value: JSONValue
        do throws(JSONTextError) {
            value = try JSONValue(parsing: text)
        } catch {
            let problem = error.code == .duplicateMember ? "a member that appears twice" : "a fault"
            throw AuthorizationError(
                .malformed, "\(name) is to be a key in JSON, but has \(problem) at byte \(error.offset)")
        }
        guard case .object = value else {
            throw AuthorizationError(
                .malformed, "\(name) is JSON, but neither a key nor a set of keys: {\"keys\": […]} (RFC 7517 section 5)"
            )
        }
        guard let set = value["keys"] else { return [try key(value, name: "the key in \(name)")] }
        guard let elements = set.elements else {
            throw AuthorizationError(.malformed, "the \"keys\" of \(name) are not an array (RFC 7517 section 5.1)")
        }
        guard elements.count <= KeySet.most else { throw .tooMany(name: name) }
        var keys: [Key] = []
        var firstError: AuthorizationError?
        for (index, element) in elements.enumerated() {
            do throws(AuthorizationError) {
                keys.append(try key(element, name: "key \(index + 1) of \(name)"))
            } catch {
                firstError = firstError ?? error
            }
        }
        guard keys.isEmpty else { return keys }
        throw firstError.map {
            AuthorizationError($0.code, "\(name) has no key that tokens can be verified with: \($0.description)")
        } ?? AuthorizationError(.malformed, "\(name) is a set of no keys; put one in")
    }

    private static func key(_ value: JSONValue, name: String) throws(AuthorizationError) -> Key {
        guard case .object = value else { throw AuthorizationError(.malformed, "\(name) is no object") }
        let fields = Fields(value: value, name: name)
        guard let type = try fields.text("kty") else {
            if value["ciphertext"] != nil || value["protected"] != nil {
                throw AuthorizationError(
                    .encrypted, "\(name) is encrypted; store it as it is, and let nobody else read the file")
            }
            throw AuthorizationError(.malformed, "\(name) has no \"kty\" that says what kind of key it is")
        }
        try checkUse(value, fields: fields)
        let id = try fields.text("kid")
        guard id.map({ $0.utf8.count <= TokenHeader.longestKeyID }) ?? true else {
            throw AuthorizationError(.malformed, "the \"kid\" of \(name) has more than 256 bytes")
        }
        var algorithm: Algorithm?
        if let text = try fields.text("alg") {
            algorithm = Algorithm(named: text)
            guard algorithm != nil else {
                throw AuthorizationError(.unsupported, "\(name) is for an \"alg\" that tokens are not verified with")
            }
        }
        switch type {
        case "oct":
            let secret = try fields.requiredBytes("k")
            if let reason = NoSecret(declared: secret[...]) { throw reason.error(name: "the \"k\" of \(name)") }
            return try Key(secret: Secret(secret[...]), id: id, algorithm: algorithm, name: name)
        case "RSA": return try Key(pair: fields.rsaPair(), id: id, algorithm: algorithm, name: name)
        case "EC": return try Key(pair: fields.ecPair(), id: id, algorithm: algorithm, name: name)
        case "OKP": return try Key(pair: fields.edwardsPair(), id: id, algorithm: algorithm, name: name)
        default:
            throw AuthorizationError(.unsupported, "\(name) is of a \"kty\" other than oct, RSA, EC and OKP")
        }
    }

    /// Refuses keys that are for encryption.
    private static func checkUse(_ value: JSONValue, fields: Fields) throws(AuthorizationError) {
        if let use = try fields.text("use"), !use.hasBytes(of: "sig") {
            throw AuthorizationError(.unsupported, "\(fields.name) is not for signatures (its \"use\" is not \"sig\")")
        }
        guard let operations = value["key_ops"] else { return }
        guard operations.elements?.contains(where: { $0 == .string("verify") || $0 == .string("sign") }) == true else {
            throw AuthorizationError(
                .unsupported,
                "\(fields.name) is not for signatures (its \"key_ops\" has neither \"verify\" nor \"sign\")")
        }
    }

    /// The members of one key.
    struct Fields {
        fileprivate let value: JSONValue
        let name: String

        /// A member that is a string; nil if there is none.
        func text(_ member: String) throws(AuthorizationError) -> String? {
            guard let found = value[member] else { return nil }
            guard let text = found.string else {
                throw AuthorizationError(.malformed, "the \"\(member)\" of \(name) is not a string")
            }
            return text
        }

        /// A member's bytes; nil if there is none.
        func bytes(_ member: String) throws(AuthorizationError) -> [UInt8]? {
            guard let text = try text(member) else { return nil }
            guard let bytes = Base64URL.decode(text) else {
                throw AuthorizationError(
                    .malformed, "the \"\(member)\" of \(name) is not base64url without padding and white space")
            }
            return bytes
        }

        /// The bytes of a member that has to be there.
        func requiredBytes(_ member: String) throws(AuthorizationError) -> [UInt8] {
            guard let bytes = try bytes(member) else {
                throw AuthorizationError(.malformed, "\(name) has no \"\(member)\"")
            }
            return bytes
        }

        /// The same of a member that has so many bytes and no others.
        func requiredBytes(_ member: String, count: Int) throws(AuthorizationError) -> [UInt8] {
            let bytes = try requiredBytes(member)
            guard bytes.count == count else {
                throw AuthorizationError(
                    .malformed, "the \"\(member)\" of \(name) has not the \(count) bytes of its curve")
            }
            return bytes
        }
    }
}
