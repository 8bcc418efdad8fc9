// Owns how signatures of elliptic curves are written: tokens have the two numbers one after the other, OpenSSL has them in
// DER. Must never take DER from a token.

internal import COpenSSL

/// The two forms of a signature by ECDSA.
enum ECDSASignature {
    /// How many bytes each of the two numbers has in a token (RFC 7518 section 3.4); nil for other algorithms.
    static func size(_ algorithm: Algorithm) -> Int? {
        switch algorithm {
        case .es256: 32
        case .es384: 48
        default: nil
        }
    }

    /// A token's signature in DER; nil if it has another length than it must have.
    static func der(_ raw: [UInt8], _ algorithm: Algorithm) -> [UInt8]? {
        guard let size = size(algorithm), raw.count == 2 * size else { return nil }
        // SEQUENCE { INTEGER r, INTEGER s } is below 128 bytes for these curves, so each length is one byte.
        var der: [UInt8] = [0x30, 0]
        der.reserveCapacity(2 * size + 8)
        append(raw[..<size], to: &der)
        append(raw[size...], to: &der)
        der[1] = UInt8(der.count - 2)
        return der
    }

    private static func append(_ number: ArraySlice<UInt8>, to der: inout [UInt8]) {
        // As few bytes as there can be, at least one, and the first bit is the sign.
        let digits = number.dropLast().drop { $0 == 0 } + number.suffix(1)
        let isHigh = digits[digits.startIndex] >= 0x80
        der.append(0x02)
        der.append(UInt8(digits.count + (isHigh ? 1 : 0)))
        if isHigh { der.append(0) }
        der.append(contentsOf: digits)
    }

    /// OpenSSL's signature as tokens have it; nil if it is none.
    static func raw(_ der: [UInt8], _ algorithm: Algorithm) -> [UInt8]? {
        guard let size = size(algorithm) else { return nil }
        return der.withUnsafeBufferPointer { der -> [UInt8]? in
            var start = der.baseAddress
            guard let signature = d2i_ECDSA_SIG(nil, &start, der.count) else { return nil }
            defer { ECDSA_SIG_free(signature) }
            var raw = [UInt8](repeating: 0, count: 2 * size)
            let isWhole = raw.withUnsafeMutableBufferPointer { raw in
                guard let base = raw.baseAddress else { return false }
                return BN_bn2binpad(ECDSA_SIG_get0_r(signature), base, CInt(size)) == CInt(size)
                    && BN_bn2binpad(ECDSA_SIG_get0_s(signature), base + size, CInt(size)) == CInt(size)
            }
            return isWhole ? raw : nil
        }
    }
}
