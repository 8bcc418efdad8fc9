// Owns how the numbers of a key in JSON become a key of OpenSSL's.

internal import COpenSSL

extension JWK.Fields {
    /// A key of RSA (RFC 7518 section 6.3).
    func rsaPair() throws(AuthorizationError) -> KeyPair {
        guard try !has("oth") else {
            throw AuthorizationError(.unsupported, "\(name) has more than two primes, which is not supported")
        }
        var numbers: [OpaquePointer?] = []
        defer { for number in numbers { BN_clear_free(number) } }
        for member in ["n", "e"] { numbers.append(try Self.number(requiredBytes(member), name: name)) }
        let isPrivate = try has("d")
        let hasPrimes = try has("p")
        for member in ["d", "p", "q", "dp", "dq", "qi"] {
            // Without its private exponent it is a public key; without a prime, all that comes of the primes is left out.
            guard isPrivate, member == "d" || hasPrimes else {
                numbers.append(nil)
                continue
            }
            numbers.append(try Self.number(requiredBytes(member), name: name))
        }
        return try pair(fanfare_make_rsa_key(&numbers), isPrivate: isPrivate)
    }

    /// A key on P-256 or P-384 (RFC 7518 section 6.2).
    func ecPair() throws(AuthorizationError) -> KeyPair {
        let (group, size): (String, Int)
        switch try text("crv") {
        case "P-256": (group, size) = ("P-256", 32)
        case "P-384": (group, size) = ("P-384", 48)
        default:
            throw AuthorizationError(.unsupported, "\(name) is on another curve (\"crv\") than P-256 and P-384")
        }
        let point = try [0x04] + requiredBytes("x", count: size) + requiredBytes("y", count: size)
        guard try has("d") else {
            return try pair(fanfare_make_ec_key(group, point, point.count, nil), isPrivate: false)
        }
        let number = try Self.number(requiredBytes("d", count: size), name: name)
        defer { BN_clear_free(number) }
        return try pair(fanfare_make_ec_key(group, point, point.count, number), isPrivate: true)
    }

    /// A key on Ed25519 (RFC 8037 section 2).
    func edwardsPair() throws(AuthorizationError) -> KeyPair {
        guard try text("crv") == "Ed25519" else {
            throw AuthorizationError(.unsupported, "\(name) is on another curve (\"crv\") than Ed25519")
        }
        let point = try requiredBytes("x", count: 32)
        let kind = EVP_PKEY_ED25519
        guard try has("d") else {
            return try pair(EVP_PKEY_new_raw_public_key(kind, nil, point, point.count), isPrivate: false)
        }
        // OpenSSL works the public part out of the private one, so the two have to be compared.
        let number = try requiredBytes("d", count: 32)
        let key = EVP_PKEY_new_raw_private_key(kind, nil, number, number.count)
        let found = try pair(key, isPrivate: true)
        var (worked, count) = ([UInt8](repeating: 0, count: 32), 32)
        guard EVP_PKEY_get_raw_public_key(key, &worked, &count) == 1, worked == point else {
            throw .inTwoPieces(name: name)
        }
        return found
    }

    private func has(_ member: String) throws(AuthorizationError) -> Bool { try text(member) != nil }

    private func pair(_ key: OpaquePointer?, isPrivate: Bool) throws(AuthorizationError) -> KeyPair {
        fanfare_forget_errors()
        guard let key else {
            throw AuthorizationError(
                .malformed, "\(name) has numbers that make no key, or a point that is not on its curve")
        }
        return KeyPair(owning: key, isPrivate: isPrivate)
    }

    /// A number in memory that is wiped after; whoever calls frees it.
    private static func number(_ bytes: [UInt8], name: String) throws(AuthorizationError) -> OpaquePointer {
        guard bytes.count <= 8192 / 8 + 1 else {
            throw AuthorizationError(.unsupported, "\(name) has a number of more than 8192 bits")
        }
        guard let number = BN_secure_new() else { throw .noMemory }
        guard BN_bin2bn(bytes, CInt(bytes.count), number) != nil else {
            BN_clear_free(number)
            throw .noMemory
        }
        return number
    }
}
