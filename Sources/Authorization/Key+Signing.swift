// Owns how tokens are made: for `fanfare token`, and for the tests.

package import JSONText

extension Key {
    /// Makes a token in compact form.
    ///
    /// - Parameters:
    ///   - claims: what it says, an object.
    ///   - algorithm: one that the key is for; the key's usual one if nil.
    ///   - header: members of its header besides `alg`, `typ` and `kid`.
    /// - Throws: `AuthorizationError` of the code `.cannotSign` if the key is only for verifying, or not for this.
    package func sign(
        _ claims: JSONValue, with algorithm: Algorithm? = nil, header: [JSONValue.Member] = []
    ) throws(AuthorizationError) -> String {
        let algorithm = algorithm ?? algorithms[0]
        var members: [JSONValue.Member] = [.init("alg", .string(algorithm.rawValue)), .init("typ", .string("JWT"))]
        if let id { members.append(.init("kid", .string(id))) }
        let text = [JSONValue.object(members + header), claims].map { value in
            var writer = JSONWriter()
            writer.value(value)
            return Base64URL.encode(writer.finish())
        }.joined(separator: ".")
        return text + "." + Base64URL.encode(try signature(of: Array(text.utf8), with: algorithm))
    }

    /// The signature of a text, as tokens have it.
    package func signature(of text: [UInt8], with algorithm: Algorithm) throws(AuthorizationError) -> [UInt8] {
        guard canSign else {
            throw AuthorizationError(
                .cannotSign, "\(kind.rawValue) without its private part can only verify; give the private key")
        }
        guard algorithms.contains(algorithm) else {
            throw AuthorizationError(
                .cannotSign,
                "\(kind.rawValue) like this one is for \(algorithms.map(\.rawValue).joined(separator: ", ")), not for \(algorithm.rawValue)"
            )
        }
        let signature: [UInt8]? = text.withUnsafeBufferPointer { text in
            switch material {
            case .secret(let secret): secret.code(for: text, with: algorithm)
            case .pair(let pair): pair.signature(of: text, with: algorithm)
            }
        }
        guard let signature else { throw AuthorizationError(.failed, "OpenSSL could not sign") }
        return signature
    }
}
