// Owns the table of what the field Forwarded says (RFC 7239).

import HTTPMessage
import SeededRandomness
import Testing

@Suite struct ForwardedElementTests {
    private static func text(_ value: String) -> String? {
        ForwardedElement.list(value).map { list in
            list.map { "\($0.node ?? "-")/\($0.scheme ?? "-")" }.joined(separator: " ")
        }
    }

    @Test(arguments: [
        // The examples of RFC 7239, section 4 and 7.1.
        ("for=\"_gazonk\"", "_gazonk/-"), ("For=\"[2001:db8:cafe::17]:4711\"", "[2001:db8:cafe::17]:4711/-"),
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60/http"),
        ("for=192.0.2.43, for=198.51.100.17", "192.0.2.43/- 198.51.100.17/-"),
        ("for=_hidden, for=_SEVKISEK", "_hidden/- _SEVKISEK/-"),
        ("for=192.0.2.43,for=\"[2001:db8:cafe::17]\",for=unknown", "192.0.2.43/- [2001:db8:cafe::17]/- unknown/-"),
        ("for=192.0.2.43, for=\"[2001:db8:cafe::17]\"", "192.0.2.43/- [2001:db8:cafe::17]/-"),
        // What a list and an element may leave out.
        ("", ""), (" , ,", ""), (",for=a,,", "a/-"), ("proto=https", "-/https"), ("by=a;host=b", "-/-"), (";", ""),
        ("for=a;", "a/-"),
        (";;for=a ; PROTO=HTTPS;x=\"y,z;for=b\"", "a/HTTPS"), ("\tfor=a\t,\tfor=b\t", "a/- b/-"),
        ("for=\"a\\\"b\\\\c\"", "a\"b\\c/-"), ("for=\"\"", "/-"),
    ])
    func `elements are read`(value: String, elements: String) {
        #expect(Self.text(value) == elements)
    }

    @Test(arguments: [
        "for", "for=", "=a", "for =a", "for= a", "for=a b", "for=\"a", "for=\"a\"b", "for=\"a\\", "for=a;for=b",
        "for=a;FOR=a",
        "for=[::1]", "for=1.2.3.4:80", "for=\"a\", for=\"", "192.0.2.1", "for=a;b", "for=a:b", "for=a, b", "\"for\"=a",
        "for=a\"b\"",
        // Who leaves a quote open cannot have a proxy's word read as a part of it.
        "for=192.0.2.1;x=\", for=198.51.100.1", "for=192.0.2.1;x=\", for=\"[2001:db8::1]\"",
        "for=192.0.2.1;x=\", for=198.51.100.1;by=\"_p\"",
    ])
    func `what is malformed says nothing at all`(value: String) {
        #expect(ForwardedElement.list(value) == nil)
    }

    @Test(arguments: [1, 2, 3, 4]) func `random values are read or refused`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = ["for", "proto", "=", ";", ",", "\"", "\\", " ", "a", "[::1]", "é", "\t", "for=b", "\u{7F}"]
        var read = 0
        for _ in 0..<20_000 {
            let value = (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces.randomElement(using: &random)! }
                .joined()
            guard let list = ForwardedElement.list(value) else { continue }
            read += 1
            #expect(list.count <= value.utf8.split(separator: 0x2C).count)
        }
        #expect(read > 100)
    }
}
