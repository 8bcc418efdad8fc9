// Owns how a token in compact form is taken apart (RFC 7515 section 3.1). Must never take two texts for the same header,
// claims and signature. For the same header and claims there are others: of a signature by ECDSA, (r, s), anybody can make
// (r, n − s), which is good too, so nothing may rest on a token's text being the only one (decision 16).

/// A token's parts, decoded, and where what is signed ends.
struct CompactToken {
    let header: TokenHeader
    let claims: [UInt8]
    let signature: [UInt8]
    /// How many bytes of the token are signed: all before the second dot.
    let signedCount: Int

    /// The most bytes of a token.
    static let longest = 8192

    /// Takes a token apart.
    init(_ text: Span<UInt8>) throws(TokenError) {
        let parts = try Parts(text)
        guard let header = Base64URL.decode(text.extracting(parts.header)) else {
            throw Self.beginsAsJSON(text) ? .isJSON : .headerIsNoBase64
        }
        self.header = try TokenHeader(header)
        guard let claims = Base64URL.decode(text.extracting(parts.claims)) else { throw .claimsAreNoBase64 }
        guard let signature = Base64URL.decode(text.extracting(parts.signature)) else { throw .signatureIsNoBase64 }
        self.claims = claims
        self.signature = signature
        signedCount = parts.claims.upperBound
    }

    /// Where the parts of a token stand in it.
    struct Parts {
        let header: Range<Int>
        let claims: Range<Int>
        let signature: Range<Int>

        /// Finds the three parts of a token that is not too large.
        init(_ text: Span<UInt8>) throws(TokenError) {
            guard text.count <= CompactToken.longest else { throw .tooLarge }
            var dots: [Int] = []
            for index in 0..<text.count where text[index] == UInt8(ascii: ".") {
                dots.append(index)
                if dots.count > 4 { throw .isNoToken }
            }
            guard dots.count == 2 else {
                if dots.count == 4 { throw .isEncrypted }
                throw CompactToken.beginsAsJSON(text) ? .isJSON : .isNoToken
            }
            header = 0..<dots[0]
            claims = dots[0] + 1..<dots[1]
            signature = dots[1] + 1..<text.count
        }
    }

    fileprivate static func beginsAsJSON(_ text: Span<UInt8>) -> Bool {
        for index in 0..<text.count where text[index] > 0x20 { return text[index] == UInt8(ascii: "{") }
        return false
    }
}
