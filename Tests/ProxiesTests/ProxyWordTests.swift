// Owns what proxies are believed, and what they are not.

import HTTPMessage
import Proxies
import SeededRandomness
import Testing

@Suite struct ProxyWordTests {
    private static let proxies = TrustedProxies(["10.0.0.0/8", "2001:db8:a::/48"].compactMap { AddressRange($0) })

    private static func word(from peer: String = "10.0.0.1", _ fields: [(String, String)]) throws -> ProxyWord? {
        let head = try RequestHead(.get, "/", fields: [("Host", "h")] + fields.map { (name: $0.0, value: $0.1) })
        let address = try #require(IPAddress(peer))
        return proxies.word(on: head) { address }
    }

    /// The address, `-` for the connection's own; and whether it is secure.
    private static func text(_ word: ProxyWord?) -> String {
        guard let word else { return "nothing" }
        return (word.address?.description ?? "-") + (word.isSecure.map { $0 ? " https" : " http" } ?? "")
    }

    private static let f = "Forwarded"
    private static let x = "X-Forwarded-For"
    private static let p = "X-Forwarded-Proto"

    @Test(
        arguments: [
            ([], "nothing"),
            // The list that most proxies write.
            ([(x, "192.0.2.1")], "192.0.2.1"), ([(x, "192.0.2.1:50000")], "192.0.2.1:50000"),
            ([(x, "2001:db8::1")], "2001:db8::1"),
            ([(x, "[2001:db8::1]:50000")], "[2001:db8::1]:50000"), ([(x, "198.51.100.9, 192.0.2.1")], "192.0.2.1"),
            ([(x, "198.51.100.9,192.0.2.1 , 10.1.1.1,10.2.2.2")], "192.0.2.1"),
            ([(x, "192.0.2.1"), (x, "10.3.3.3")], "192.0.2.1"),
            ([(x, "192.0.2.1"), (x, "198.51.100.9")], "198.51.100.9"), ([(x, "192.0.2.1,, ,")], "192.0.2.1"),
            ([(x, "192.0.2.1, 2001:db8:a::7")], "192.0.2.1"), ([(x, "192.0.2.1, ::ffff:10.9.9.9")], "192.0.2.1"),
            // All are trusted: the first of them began.
            ([(x, "10.5.5.5, 10.6.6.6")], "10.5.5.5"),
            // What nobody can read ends it, at the last that was sure.
            ([(x, "unknown")], "-"), ([(x, "192.0.2.1, unknown")], "-"),
            ([(x, "192.0.2.1, unknown, 10.1.1.1")], "10.1.1.1"),
            ([(x, "")], "-"), ([(x, " , ")], "-"), ([(x, "192.0.2.1, \"198.51.100.9\"")], "-"),
            ([(x, "192.0.2.1 10.1.1.1")], "-"),
            ([(x, "192.0.2.256")], "-"), ([(x, "192.0.2.1, 10.1.1.1:99999")], "-"), ([(x, "example.org")], "-"),
            ([(x, "fe80::1%eth0")], "-"),
            // The standard's list.
            ([(f, "for=192.0.2.1")], "192.0.2.1"), ([(f, "for=\"192.0.2.1:50000\"")], "192.0.2.1:50000"),
            ([(f, "for=\"[2001:db8::1]\"")], "2001:db8::1"),
            ([(f, "for=\"[2001:db8::1]:50000\"")], "[2001:db8::1]:50000"),
            ([(f, "for=198.51.100.9, for=192.0.2.1, for=10.1.1.1")], "192.0.2.1"),
            ([(f, "for=192.0.2.1"), (f, "for=10.1.1.1")], "192.0.2.1"),
            ([(f, "for=192.0.2.1, for=unknown")], "-"), ([(f, "for=192.0.2.1, for=_hidden, for=10.1.1.1")], "10.1.1.1"),
            ([(f, "for=192.0.2.1, proto=https")], "- https"), ([(f, "for=192.0.2.1;x=\", for=198.51.100.9")], "-"),
            ([(f, "for=\""), (f, "for=192.0.2.1")], "192.0.2.1"), ([(f, "for=192.0.2.1"), (f, "for=\"")], "-"),
            ([(f, "for=192.0.2.1"), (f, "for=\""), (f, "for=10.1.1.1")], "10.1.1.1"), ([(f, "by=10.0.0.1")], "-"),
            // Both.
            ([(f, "for=192.0.2.1"), (x, "192.0.2.1")], "192.0.2.1"),
            ([(f, "for=\"192.0.2.1:50000\""), (x, "198.51.100.9, 192.0.2.1")], "192.0.2.1:50000"),
            ([(f, "for=192.0.2.1"), (x, "198.51.100.9")], "-"), ([(f, "for=\""), (x, "198.51.100.9")], "-"),
            ([(f, "for=192.0.2.1"), (x, "unknown")], "-"), ([(f, "for=unknown"), (x, "unknown")], "-"),
            ([(f, "for=192.0.2.1"), (x, "10.1.1.1")], "192.0.2.1"),
            ([(f, "for=10.1.1.1"), (x, "192.0.2.1")], "192.0.2.1"),
            ([(f, "for=10.1.1.1"), (x, "10.2.2.2")], "-"), ([(f, "proto=https"), (x, "192.0.2.1")], "192.0.2.1 https"),
            // The scheme.
            ([(p, "https")], "- https"), ([(p, "HTTP")], "- http"), ([(p, "gopher")], "-"), ([(p, "")], "-"),
            ([(x, "192.0.2.1"), (p, "https")], "192.0.2.1 https"),
            ([(x, "192.0.2.1, 10.1.1.1"), (p, "https, http")], "192.0.2.1 https"),
            ([(x, "198.51.100.9, 192.0.2.1"), (p, "https, http")], "192.0.2.1 http"),
            ([(x, "198.51.100.9, 192.0.2.1"), (p, "https")], "192.0.2.1 https"),
            ([(x, "192.0.2.1"), (p, "https"), (p, "http")], "192.0.2.1 http"),
            ([(f, "for=192.0.2.1;proto=https, for=10.1.1.1;proto=http")], "192.0.2.1 https"),
            ([(f, "for=198.51.100.9;proto=https, for=192.0.2.1;proto=http")], "192.0.2.1 http"),
            ([(f, "for=192.0.2.1;proto=https"), (p, "https")], "192.0.2.1 https"),
            ([(f, "for=192.0.2.1;proto=https"), (p, "http")], "192.0.2.1"),
            ([(f, "for=192.0.2.1;proto=https"), (p, "x")], "192.0.2.1"),
        ] as [([(String, String)], String)])
    func `a trusted proxy's word is taken as far as it is sure`(fields: [(String, String)], said: String) throws {
        #expect(Self.text(try Self.word(fields)) == said)
        // From an address of the other kind it is the same, and from anybody else it is nothing.
        #expect(Self.text(try Self.word(from: "2001:db8:a::1", fields)) == said)
        for stranger in ["11.0.0.1", "192.0.2.1", "127.0.0.1", "::1", "2001:db8:b::1", "::10.0.0.1"] {
            #expect(try Self.word(from: stranger, fields) == nil)
        }
    }

    @Test func `a head full of proxies is followed to its beginning`() throws {
        let list = "192.0.2.7," + (0..<1000).map { "10.0.\($0 / 250).\($0 % 250)" }.joined(separator: ",")
        #expect(Self.text(try Self.word([(Self.x, list)])) == "192.0.2.7")
        let elements = "for=192.0.2.7," + (0..<900).map { "for=10.0.0.\($0 % 250)" }.joined(separator: ",")
        #expect(Self.text(try Self.word([(Self.f, elements)])) == "192.0.2.7")
        #expect(
            Self.text(try Self.word([(Self.x, String(repeating: ",", count: 12_000) + "192.0.2.7")])) == "192.0.2.7")
    }

    /// Whatever a client writes, what the proxy adds to it is what counts, or nothing.
    @Test(arguments: [1, 2, 3, 4]) func `a client cannot pass for another`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "for=", "203.0.113.5", "10.4.4.4", "unknown", ",", ", ", ";", "\"", "\\", "proto=https", "=", "[::1]",
            "by=\"", "x=\"",
        ]
        func junk() -> String {
            (0..<Int.random(in: 0...10, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
        }
        var sure = 0
        for _ in 0..<5000 {
            var fields: [(String, String)] = []
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                fields.append(([Self.f, Self.x].randomElement(using: &random)!, junk()))
            }
            // One kind of proxy joins lines, another adds one.
            let own = Bool.random(using: &random) ? Self.x : Self.f
            let added =
                own == Self.x
                ? "192.0.2.1" : ["for=192.0.2.1", "for=\"192.0.2.1\";by=\"_p\""].randomElement(using: &random)!
            if Bool.random(using: &random), let last = fields.lastIndex(where: { $0.0 == own }) {
                fields[last].1 += ", \(added)"
            } else {
                fields.append((own, added))
            }
            let address = try #require(try Self.word(fields)).address?.description
            #expect(address == nil || address == "192.0.2.1", "\(fields)")
            if address != nil { sure += 1 }
        }
        #expect(sure > 500)
    }
}
