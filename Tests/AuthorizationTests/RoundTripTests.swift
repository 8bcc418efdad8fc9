import JSONText
import SeededRandomness
import Testing

@testable import Authorization

@Suite struct `Signing and verifying` {
    static let ways = Sample.allCases.flatMap { sample in sample.key.algorithms.map { (sample, $0) } }

    @Test func `is there for every algorithm`() {
        #expect(Set(Self.ways.map(\.1)) == Set(Algorithm.allCases))
    }

    @Test(arguments: ways)
    func `belong together, whatever is said`(sample: Sample, algorithm: Algorithm) throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<40 {
            let user = String((0..<Int.random(in: 1...40, using: &random)).map { _ in Self.letter(&random) })
            let expiry = Int.random(in: 1...253_402_300_799, using: &random)
            let claims = JSONValue.object([
                .init("sub", .string(user)), .init("exp", .number("\(expiry)")), .init("fanfare", .object([])),
            ])
            let text = try sample.key.sign(claims, with: algorithm, header: [.init("x", .string(user))])
            let token = try Sample.set.verify(text, by: TokenRules(leeway: 0), at: expiry - 1)
            #expect(token.user == user)
            #expect(token.expiry == expiry)
        }
    }

    private static func letter(_ random: inout SeededGenerator) -> Character {
        ["a", "Z", "0", "/", "*", "\"", "\\", "\n", "é", "e\u{301}", "漢", "🎺", "{", " "].randomElement(using: &random)!
    }

    @Test(arguments: ways)
    func `end with any bit of the token that is another one`(sample: Sample, algorithm: Algorithm) {
        let token = Array(Draft(sample, algorithm: algorithm).text.utf8)
        for index in token.indices {
            for bit in 0..<8 {
                var changed = token
                changed[index] ^= 1 << UInt8(bit)
                #expect(throws: TokenError.self) {
                    try Sample.set.verify(changed.span, by: Draft.rules, at: Draft.now)
                }
            }
        }
    }

    @Test(arguments: ways)
    func `end with any byte that is missing or doubled`(sample: Sample, algorithm: Algorithm) {
        let token = Array(Draft(sample, algorithm: algorithm).text.utf8)
        for index in token.indices {
            let missing = token[..<index] + token[(index + 1)...]
            let doubled = token[...index] + token[index...]
            for changed in [Array(missing), Array(doubled)] {
                #expect(throws: TokenError.self) {
                    try Sample.set.verify(changed.span, by: Draft.rules, at: Draft.now)
                }
            }
        }
    }

    @Test(arguments: ways)
    func `end with any byte of the signature that is missing, or one that is too many`(
        sample: Sample, algorithm: Algorithm
    ) {
        let draft = Draft(sample, algorithm: algorithm)
        let signature = draft.signature
        for index in signature.indices {
            for changed in [
                signature[..<index] + signature[(index + 1)...], signature[..<index] + [0] + signature[index...],
            ] {
                #expect(throws: TokenError.badSignature) {
                    try Sample.set.verify(draft.with(Array(changed)), by: Draft.rules, at: Draft.now)
                }
            }
        }
    }

    /// About one signature in 256 begins with a zero, without which it is the same number.
    @Test(arguments: [Algorithm.rs256, .rs384, .rs512, .ps256])
    func `end with a signature of RSA that lacks the zero at its beginning`(algorithm: Algorithm) throws {
        var draft = Draft(.rsa, algorithm: algorithm)
        let claims = draft.claims
        var signature = draft.signature
        for round in 0..<10_000 {
            if signature[0] == 0 { break }
            // White space at its end changes no claim; the number is written in it.
            draft.claims = claims + String(round, radix: 2).utf8.map { $0 == 0x30 ? 0x20 : 0x09 }
            signature = draft.signature
        }
        try #require(signature[0] == 0)
        #expect(try Sample.set.verify(draft.with(signature), by: Draft.rules, at: Draft.now).user == "alice")
        for changed in [Array(signature.dropFirst()), [0] + signature] {
            #expect(throws: TokenError.badSignature) {
                try Sample.set.verify(draft.with(changed), by: Draft.rules, at: Draft.now)
            }
        }
    }

    /// Which is why nothing may rest on a token's text.
    @Test func `of ECDSA have a second signature that anybody can make`() throws {
        // How many points P-256 has; a number of a signature is taken from it, the low byte last.
        let order: [UInt8] = [
            0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6,
            0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
        ]
        let draft = Draft(.p256)
        var signature = draft.signature
        var borrow = 0
        for index in (0..<32).reversed() {
            let difference = Int(order[index]) - Int(signature[32 + index]) - borrow
            borrow = difference < 0 ? 1 : 0
            signature[32 + index] = UInt8(difference & 0xFF)
        }
        let first = try Sample.set.verify(draft.text, by: Draft.rules, at: Draft.now)
        #expect(draft.with(signature) != draft.text)
        #expect(try Sample.set.verify(draft.with(signature), by: Draft.rules, at: Draft.now) == first)
    }

    @Test func `never trap on random bytes, nor on random words of a token`() {
        var random = SeededGenerator(seed: 12)
        let words: [[UInt8]] = [
            "eyJhbGciOiJFUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9", ".", ".", "e30", "=", "{", "A", "-_", " ",
            "eyJmYW5mYXJlIjp7fX0",
        ].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                text +=
                    Bool.random(using: &random)
                    ? words.randomElement(using: &random)!
                    : (0..<Int.random(in: 0...4, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            #expect(throws: TokenError.self) { try Sample.set.verify(text.span, by: Draft.rules, at: Draft.now) }
        }
    }

    @Test func `of base64url take each text for its own bytes only`() {
        var random = SeededGenerator(seed: 13)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= .\n".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...9, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            let text = (0..<Int.random(in: 0...9, using: &random)).map { _ in letters.randomElement(using: &random)! }
            if let decoded = Base64URL.decode(text.span) {
                #expect(Array(Base64URL.encode(decoded).utf8) == text)
            }
        }
    }
}
