// Owns the tables of byte ranges: the standard's own examples, and what tries to have more sent than there is.

import HTTPMessage
import SeededRandomness
import Testing

@Suite struct ByteRangeTests {
    // RFC 9110, sections 14.1.2 and 14.4.
    @Test(
        arguments: [
            ("bytes=0-499", 10_000, .parts([0..<500])), ("bytes=500-999", 10_000, .parts([500..<1000])),
            ("bytes=-500", 10_000, .parts([9500..<10_000])), ("bytes=9500-", 10_000, .parts([9500..<10_000])),
            ("bytes=0-0,-1", 10_000, .parts([0..<1, 9999..<10_000])),
            ("bytes= 0-999, 4500-5499, -1000", 10_000, .parts([0..<1000, 4500..<5500, 9000..<10_000])),
            ("bytes=500-600,601-999", 10_000, .parts([500..<1000])),
            ("bytes=500-700,601-999", 10_000, .parts([500..<1000])),
            ("bytes=21010-", 47_022, .parts([21_010..<47_022])),
            // Edges.
            ("bytes=0-0", 1, .parts([0..<1])), ("bytes=-1", 1, .parts([0..<1])), ("bytes=-9", 1, .parts([0..<1])),
            ("bytes=0-9", 1, .parts([0..<1])), ("bytes=1-", 1, .unsatisfiable), ("bytes=-0", 1, .unsatisfiable),
            ("bytes=0-", 0, .unsatisfiable), ("bytes=-1", 0, .unsatisfiable), ("bytes=5-,-0", 3, .unsatisfiable),
            ("bytes=5-,1-1", 3, .parts([1..<2])), ("bytes=,,0-1,,", 9, .parts([0..<2])),
            ("bYTES=0-1", 9, .parts([0..<2])),
            // In the order they were asked for, if they are still the same.
            ("bytes=5000-5001,0-1", 10_000, .parts([5000..<5002, 0..<2])),
            ("bytes=5000-5001,0-1,1-2", 10_000, .parts([0..<3, 5000..<5002])),
            // Numbers beyond all lengths.
            ("bytes=0-9223372036854775807", 9, .parts([0..<9])), ("bytes=0-9223372036854775808", 9, .parts([0..<9])),
            ("bytes=99999999999999999999-", 9, .unsatisfiable), ("bytes=-99999999999999999999", 9, .parts([0..<9])),
            ("bytes=9223372036854775807-", .max, .unsatisfiable),
            ("bytes=9223372036854775806-", .max, .parts([9_223_372_036_854_775_806..<Int.max])),
            ("bytes=00000000000000000000001-1", 9, .parts([1..<2])),
            // What does not count.
            ("", 9, .whole), ("bytes", 9, .whole), ("bytes=", 9, .whole), ("bytes=,", 9, .whole),
            ("bytes=-", 9, .whole),
            ("bytes=1", 9, .whole), ("bytes=2-1", 9, .whole), ("bytes=a-", 9, .whole), ("bytes=1-b", 9, .whole),
            ("bytes=1--2", 9, .whole), ("bytes=--1", 9, .whole), ("bytes=+1-2", 9, .whole), ("bytes=1 -2", 9, .whole),
            ("bytes =1-2", 9, .whole), ("lines=1-2", 9, .whole), ("=1-2", 9, .whole), ("bytes=0-1;2-3", 9, .whole),
            ("bytes=0-1,2-x", 9, .whole), ("bytes=١-٢", 9, .whole),
            // More would be sent than there is.
            ("bytes=0-0,2-2", 100, .whole), ("bytes=0-,5-", 100, .parts([0..<100])),
        ] as [(String, Int, ByteRanges)])
    func `a Range field asks for these octets`(value: String, length: Int, wanted: ByteRanges) {
        #expect(ByteRanges([value], length: length) == wanted)
    }

    @Test func `no field, or two, ask for the whole`() {
        #expect(ByteRanges([], length: 9) == .whole)
        #expect(ByteRanges(["bytes=0-1", "bytes=0-1"], length: 9) == .whole)
    }

    @Test func `more ranges than a client needs are the whole`() {
        func field(_ count: Int) -> String {
            "bytes=" + (0..<count).map { "\($0 * 1000)-\($0 * 1000)" }.joined(separator: ",")
        }
        #expect(ByteRanges([field(ByteRanges.most)], length: 1 << 20) != .whole)
        #expect(ByteRanges([field(ByteRanges.most + 1)], length: 1 << 20) == .whole)
        #expect(ByteRanges([field(10_000)], length: 1 << 40) == .whole)
        #expect(ByteRanges(["bytes=" + String(repeating: "0-,", count: 10_000)], length: 9) == .whole)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `no octet is sent twice, nor more than the whole`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let length = Int.random(in: 0...5000, using: &random)
        var asked: Set<Int> = []
        let specs = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            let first = Int.random(in: 0...5100, using: &random)
            let last = first + Int.random(in: 0...1000, using: &random)
            asked.formUnion((first...last).filter { $0 < length })
            return "\(first)-\(last)"
        }
        switch ByteRanges(["bytes=" + specs.joined(separator: ",")], length: length) {
        case .whole:
            break
        case .unsatisfiable:
            #expect(asked.isEmpty)
        case .parts(let ranges):
            #expect(ranges.allSatisfy { !$0.isEmpty && $0.upperBound <= length })
            #expect(ranges.reduce(0) { $0 + $1.count } == asked.count)
            #expect(Set(ranges.joined()) == asked)
            if ranges.count > 1 {
                let parts = ByteRangeParts(ranges, of: length, type: "text/plain", boundary: "b")
                #expect(ranges.reduce(0) { $0 + $1.count } < length)
                let written = ranges.indices.reduce(parts.ending.count) {
                    $0 + parts.opening(of: $1).count + ranges[$1].count
                }
                #expect(parts.contentLength == written)
            }
        }
    }

    // RFC 9110, section 14.6.
    @Test func `several ranges are the parts of one body`() {
        let parts = ByteRangeParts(
            [500..<1000, 7000..<8000], of: 8000, type: "application/pdf", boundary: "THIS_STRING_SEPARATES")
        #expect(parts.type == "multipart/byteranges; boundary=THIS_STRING_SEPARATES")
        let text = { (bytes: [UInt8]) in String(decoding: bytes, as: UTF8.self) }
        #expect(
            text(parts.opening(of: 0))
                == "--THIS_STRING_SEPARATES\r\nContent-Type: application/pdf\r\nContent-Range: bytes 500-999/8000\r\n\r\n"
        )
        #expect(
            text(parts.opening(of: 1))
                == "\r\n--THIS_STRING_SEPARATES\r\nContent-Type: application/pdf\r\nContent-Range: bytes 7000-7999/8000\r\n\r\n"
        )
        #expect(text(parts.ending) == "\r\n--THIS_STRING_SEPARATES--\r\n")
        #expect(ByteRangeParts.noRange(of: 47_022) == "bytes */47022")
    }
}
