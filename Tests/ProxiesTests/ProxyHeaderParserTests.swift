// Owns what the header of the PROXY protocol is and is not, cut in every way.

import Proxies
import SeededRandomness
import Testing

@Suite struct ProxyHeaderParserTests {
    typealias Action = ProxyHeaderParser.Action

    /// What one parser makes of bytes that come in these pieces, and how many it took.
    private static func parse(_ bytes: [UInt8], cutAt cuts: [Int] = []) -> (action: Action, taken: Int) {
        var parser = ProxyHeaderParser()
        var begin = 0
        var taken = 0
        for end in cuts + [bytes.count] {
            let piece = Array(bytes[begin..<end])
            var offset = 0
            let action = parser.next(piece.span, from: &offset)
            taken += offset
            if action != .needsMore { return (action, taken) }
            #expect(offset == piece.count)
            begin = end
        }
        return (.needsMore, taken)
    }

    /// A header of version 2; its length may be a lie.
    private static func binary(
        _ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil
    ) -> [UInt8] {
        let length = length ?? rest.count
        return Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + rest
    }

    private static let v4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0xC3, 0x50, 1, 0xBB]
    private static let v6: [UInt8] =
        [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1] + [0x20, 1, 0xD, 0xB8]
        + [UInt8](repeating: 0, count: 11) + [2] + [0xC3, 0x50, 1, 0xBB]

    private static let headers: [(bytes: [UInt8], address: String?)] = [
        (Array("PROXY TCP4 192.0.2.1 198.51.100.1 50000 443\r\n".utf8), "192.0.2.1:50000"),
        (Array("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n".utf8), "0.0.0.0:0"),
        (Array("PROXY TCP6 2001:db8::1 2001:db8::2 50000 443\r\n".utf8), "[2001:db8::1]:50000"),
        (Array("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n".utf8), "192.0.2.1:1"),
        (
            Array(
                "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"
                    .utf8), "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"
        ),
        (Array("PROXY UNKNOWN\r\n".utf8), nil),
        (Array("PROXY UNKNOWN ffff:f...f:ffff anything 65535\r\n".utf8), nil),
        // The longest line there may be.
        (Array(("PROXY UNKNOWN " + String(repeating: "x", count: 91) + "\r\n").utf8), nil),
        (binary(0x21, 0x11, v4), "192.0.2.1:50000"),
        (binary(0x21, 0x21, v6), "[2001:db8::1]:50000"),
        // What it adds to the addresses is passed over, line ends and signatures included.
        (binary(0x21, 0x11, v4 + [4, 0, 1, 0]), "192.0.2.1:50000"),
        (binary(0x21, 0x11, v4 + Array("\r\n\r\n\0\r\nQUIT\nPROXY TCP4 ".utf8)), "192.0.2.1:50000"),
        (binary(0x21, 0x21, v6 + [UInt8](repeating: 0x0A, count: 4096 - 16 - 36)), "[2001:db8::1]:50000"),
        (binary(0x20, 0x00, []), nil), (binary(0x20, 0x11, v4), nil), (binary(0x20, 0x11, [1]), nil),
        (binary(0x20, 0x00, [UInt8](repeating: 7, count: 4080)), nil),
        (binary(0x21, 0x00, []), nil), (binary(0x21, 0x00, [1, 2, 3]), nil), (binary(0x21, 0x12, v4), nil),
        (binary(0x21, 0x31, [UInt8](repeating: 0x61, count: 216)), nil),
    ]

    @Test(arguments: headers.indices) func `a header is read however it is cut, and nothing after it`(index: Int) {
        let (header, address) = Self.headers[index]
        let after = Array("GET / HTTP/1.1\r\n".utf8)
        let whole = Self.parse(header + after)
        guard case .done(let client) = whole.action else {
            Issue.record("it is \(whole.action)")
            return
        }
        #expect(client?.description == address)
        #expect(whole.taken == header.count)
        for cut in 0...header.count {
            let (action, taken) = Self.parse(header + after, cutAt: [cut])
            #expect(action == .done(client) && taken == header.count)
            if cut < header.count { #expect(Self.parse(Array(header[..<cut])).action == .needsMore) }
        }
        let bytewise = Self.parse(header + after, cutAt: Array(0..<(header + after).count))
        #expect(bytewise.action == .done(client) && bytewise.taken == header.count)
    }

    @Test(
        arguments: [
            "GET / HTTP/1.1\r\n", "P", "PRI * HTTP/2.0\r\n", "PROXY", "PROXY \r\n", "PROXY\r\n",
            "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY TCP4\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
            "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
            "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4 1.2.3.4 x 1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 +2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r \n",
            "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4\t1.2.3.4 1.2.3.4 1 2\r\n", "PROXY UNKNOWNX\r\n",
            "PROXY UNKNOWN\rx\r\n",
            "PROXY UNKNOWN \n", "\r\n\r\n\0\r\nQUIX\n", "\r\nGET / HTTP/1.1\r\n", "\u{16}\u{3}\u{1}", "\n",
            "PROXY UNKNOWN " + String(repeating: "x", count: 92) + "\r\n",
            "PROXY UNKNOWN " + String(repeating: "x", count: 1000),
        ])
    func `what is no header of version 1 is refused as soon as that is sure`(text: String) {
        let bytes = Array(text.utf8)
        let isPart = "PROXY ".hasPrefix(text)
        let (action, taken) = Self.parse(bytes)
        if isPart {
            #expect(action == .needsMore)
            return
        }
        guard case .failed = action else {
            Issue.record("it is \(action)")
            return
        }
        #expect(taken <= 107)
        // Not a byte before is enough to tell, and nothing depends on how it comes.
        #expect(Self.parse(Array(bytes[..<(taken - 1)])).action == .needsMore)
        for cut in 0..<bytes.count {
            let again = Self.parse(bytes, cutAt: [cut])
            #expect(again.action == action && again.taken == taken)
        }
    }

    @Test func `of version 2 every length is read, or refused at its first sixteen bytes`() {
        for (family, least) in [(0x11, 12), (0x21, 36), (0x00, 0), (0x12, 0), (0x32, 0)] as [(UInt8, Int)] {
            for length in 0...0xFFFF {
                let start = Self.binary(0x21, family, [], length: length)
                let isTaken = length >= least && length <= 4080
                let (action, taken) = Self.parse(start)
                if taken != 16 { Issue.record("a length of \(length) takes \(taken) bytes") }
                if !isTaken {
                    guard case .failed = action else {
                        Issue.record("a length of \(length) is \(action)")
                        return
                    }
                } else {
                    #expect(action == (length == 0 ? .done(nil) : .needsMore))
                    guard length < 100 && length > 0 || length % 509 == 0 || length > 4070 else { continue }
                    let whole = start + [UInt8](repeating: 1, count: length + 5)
                    let read = Self.parse(whole, cutAt: [16 + length / 2])
                    #expect(read.taken == 16 + length)
                    guard case .done(let client) = read.action else {
                        Issue.record("a length of \(length) is \(read.action)")
                        return
                    }
                    #expect((client != nil) == (least > 0))
                }
            }
        }
    }

    @Test func `versions, commands, families and protocols that nobody knows are refused`() {
        for command in UInt8.min...UInt8.max {
            for family in UInt8.min...UInt8.max {
                let (action, taken) = Self.parse(Self.binary(command, family, [], length: 216))
                let isKnown = (command == 0x20 || command == 0x21) && family >> 4 <= 3 && family & 0xF <= 2
                let isRight = if case .failed = action { !isKnown } else { isKnown && action == .needsMore }
                if !isRight || taken != 16 { Issue.record("\(command) \(family) is \(action)") }
            }
        }
    }

    @Test(arguments: Array(1...8)) func `random bytes are bounded, and mean the same however they are cut`(seed: UInt64)
    {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3000 {
            var bytes = Self.headers.randomElement(using: &random)!.bytes
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            bytes += (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let whole = Self.parse(bytes)
            #expect(whole.taken <= ProxyHeaderParser.mostBytes)
            let cuts = (0..<5).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            let pieces = Self.parse(bytes, cutAt: cuts)
            #expect(pieces.action == whole.action && pieces.taken == whole.taken)
        }
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if case .done = Self.parse(bytes).action { Issue.record("\(bytes) is a header") }
        }
    }
}
