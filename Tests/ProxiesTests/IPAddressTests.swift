// Owns the tables of addresses and ranges, and the comparison with the system's own reading of them.

import Proxies
import SeededRandomness
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
        ("::1", "::1"), ("1::", "1::"), ("2001:DB8::0001", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:201", "192.0.2.1"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
    ])
    func `an address is read and written in one way`(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.0x4", "1..2.3", "1.2.3.4 ", " 1.2.3.4",
        "+1.2.3.4",
        "1.2.3.+4", ":", ":::", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "1::2:3:4:5:6:7:8", "12345::", "g::", "::1%eth0", "[::1]", "::1.2.3", "1.2.3.4::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4", "+1::", "::-1", "localhost", "1.2.3.4:80", "::1\0", "１.2.3.4",
    ])
    func `what is no address is none`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `bytes make an address if there are 4 or 16`() {
        #expect(IPAddress([192, 0, 2, 1])?.description == "192.0.2.1")
        #expect(IPAddress([0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])?.description == "2001:db8::7")
        #expect(IPAddress([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 1])?.description == "10.0.0.1")
        for count in [0, 1, 3, 5, 15, 17] { #expect(IPAddress([UInt8](repeating: 1, count: count)) == nil) }
    }

    /// Texts that are nearly addresses, and what the system makes of them.
    @Test(arguments: [1, 2, 3, 4]) func `addresses are read as the system reads them`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var valid = 0
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<Int.random(in: 1...9, using: &random) {
                text += String(
                    Int.random(in: 0...0x1_0010, using: &random) >> Int.random(in: 0...16, using: &random), radix: 16)
                text += [":", ":", ":", ":", "::", ".", ""].randomElement(using: &random)!
            }
            if Bool.random(using: &random), let last = text.last, last == ":" { text.removeLast() }
            if Int.random(in: 0..<4, using: &random) == 0 {
                let quad = (0..<4).map { _ in String(Int.random(in: 0...260, using: &random)) }.joined(separator: ".")
                text = Bool.random(using: &random) ? quad : text + quad
            }
            let theirs = Self.systemBytes(text)
            #expect(IPAddress(text) == theirs.flatMap { IPAddress($0) }, "\(text)")
            if let ours = IPAddress(text) {
                valid += 1
                #expect(Self.systemBytes(ours.description).flatMap { IPAddress($0) } == ours, "\(text)")
            }
        }
        #expect(valid > 500)
    }

    @Test(arguments: [5, 6]) func `what is written is read again, and as short as the system writes it`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
            for place in 0..<8 where Bool.random(using: &random) { (bytes[place * 2], bytes[place * 2 + 1]) = (0, 0) }
            let address = IPAddress(bytes)!
            #expect(IPAddress(address.description) == address)
            let theirs = Self.systemText(bytes)
            // Where the system shows an IPv4 address within, it is another form.
            if !theirs.contains(".") { #expect(address.description == theirs) }
        }
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3/8", "10.9.9.9", true),
        ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false), ("127.0.0.1/32", "127.0.0.1", true),
        ("0.0.0.0/0", "192.0.2.1", true), ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true),
        ("::/0", "192.0.2.1", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::", false),
        ("2001:db8::/65", "2001:db8::7fff:0:0:0", true), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
        ("2001:db8::/64", "2001:db8:0:1::", false), ("::1", "::1", true), ("::1", "::2", false),
        ("::ffff:10.0.0.0/104", "10.2.3.4", true), ("10.0.0.0/8", "::ffff:10.2.3.4", true),
        ("::ffff:0:0/90", "10.2.3.4", false), ("192.0.2.0/31", "192.0.2.1", true), ("192.0.2.0/31", "192.0.2.2", false),
    ])
    func `a range holds an address or not`(range: String, address: String, holds: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(try #require(IPAddress(address))) == holds)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/ 8",
        "::/129",
        "10.0.0/8", "10.0.0.0/255.0.0.0", "[::1]/128", "localhost", "10.0.0.0/0008", "::/x", "10.0.0.0/٨",
    ])
    func `what is no range is none`(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: [1, 2]) func `a range holds those whose first bits are its own`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let size = Bool.random(using: &random) ? 4 : 16
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            let prefix = Int.random(in: 0...(size * 8), using: &random)
            let range = AddressRange("\(IPAddress(bytes)!)/\(prefix)")!
            var other = bytes
            let bit = Int.random(in: 0..<(size * 8), using: &random)
            other[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            #expect(range.contains(IPAddress(bytes)!))
            #expect(range.contains(IPAddress(other)!) == (bit >= prefix))
        }
    }

    @Test func `loopback is this machine`() {
        for text in ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"] {
            #expect(IPAddress(text)!.isLoopback && TrustedProxies.loopback.contains(IPAddress(text)!))
        }
        for text in ["128.0.0.1", "126.0.0.1", "::", "::2", "::127.0.0.1", "1::1", "0.0.0.0"] {
            #expect(!IPAddress(text)!.isLoopback && !TrustedProxies.loopback.contains(IPAddress(text)!))
        }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"), ("::1", "::"),
    ])
    func `a site is an IPv4 address or an IPv6 network of 64 bits`(address: String, site: String) {
        #expect(IPAddress(address)!.site == IPAddress(site)!)
    }

    @Test(
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("192.0.2.1:80", "192.0.2.1:80"), ("192.0.2.1:_x", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:65535", "[2001:db8::1]:65535"),
            ("[2001:db8::1]:_gazonk", "2001:db8::1"), ("[::ffff:192.0.2.1]:7", "192.0.2.1:7"),
            ("192.0.2.1:0", "192.0.2.1:0"),
            ("", nil), ("unknown", nil), ("_hidden", nil), ("192.0.2.1:", nil), ("192.0.2.1:65536", nil),
            ("192.0.2.1:+1", nil),
            ("[192.0.2.1]", nil), ("[2001:db8::1", nil), ("2001:db8::1]", nil), ("[2001:db8::1]x", nil), ("[]", nil),
            ("[", nil),
            ("[2001:db8::1]80", nil), ("[2001:db8::1]:", nil), (":80", nil), ("example.org", nil),
            ("example.org:80", nil),
            ("192.0.2.1:8:0", nil),
        ] as [(String, String?)])
    func `a node is an address and perhaps a port`(node: String, address: String?) {
        #expect(ClientAddress(node: node)?.description == address)
    }

    private static func systemBytes(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }

    private static func systemText(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: 64)
        inet_ntop(AF_INET6, bytes, &text, 64)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
