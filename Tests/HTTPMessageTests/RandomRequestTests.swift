// Owns the property that any valid request, however cut, gives back its parts. Seeded: a failure repeats.

import HTTPMessage
import SeededRandomness
import Testing

@Suite struct RandomRequestTests {
    private static let tokens = [UInt8]("!#$%&'*+-.^_`|~0aZz".utf8)
    private static let targets = (UInt8(0x21)...0x7E).map { $0 }
    private static let values = (UInt8(0x20)...0x7E).map { $0 }

    private func request(_ random: inout SeededGenerator, _ bytes: inout [UInt8]) -> Reading.Message {
        let method = random.text(Self.tokens, 1...12)
        let target = "/" + random.text(Self.targets, 0...80)
        let split = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var fields = ["Host: h"]
        for index in 0..<Int.random(in: 0...12, using: &random) {
            let value = random.text(Self.values, 0...60)
            fields.append("X\(index)\(random.text(Self.tokens, 0...10)): \(value.trimmingSpaces())")
        }
        let body = (0..<Int.random(in: 0...3000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        var framing = BodyFraming.none
        var coded: [UInt8] = []
        switch Int.random(in: 0...2, using: &random) {
        case 0: break
        case 1:
            framing = .length(body.count)
            fields.append("Content-Length: \(body.count)")
            coded = body
        default:
            framing = .chunked
            fields.append("Transfer-Encoding: chunked")
            for piece in cut(body, { Int.random(in: 1...500, using: &random) }) {
                ChunkEncoding.append(piece, to: &coded)
            }
            coded += ChunkEncoding.last
        }
        fields.shuffle(using: &random)
        bytes += [UInt8]((["\(method) \(target) HTTP/1.1"] + fields + ["", ""]).joined(separator: "\r\n").utf8) + coded
        return Reading.Message(
            start: "\(method) \(target) http11", path: String(split[0]),
            query: split.count > 1 ? String(split[1]) : nil, host: "h", fields: fields, framing: framing,
            keepAlive: true,
            body: framing == .none ? [] : body, isComplete: true)
    }

    @Test func `random requests in random reads give back their parts`() {
        var parser = RequestParser()
        for seed in 1...300 {
            var random = SeededGenerator(seed: UInt64(seed))
            var bytes: [UInt8] = []
            let expected = (0..<Int.random(in: 1...4, using: &random)).map { _ in request(&random, &bytes) }
            let largest = Int.random(in: 1...2000, using: &random)
            let reading = readRequests(cut(bytes) { Int.random(in: 1...largest, using: &random) }, &parser)
            #expect(reading.failure == nil, "seed \(seed)")
            #expect(reading.messages == expected, "seed \(seed)")
            #expect(reading.isIdle, "seed \(seed)")
        }
    }

    @Test func `one changed octet never makes reads disagree`() {
        var parser = RequestParser()
        for seed in 1...1000 {
            var random = SeededGenerator(seed: UInt64(seed))
            var bytes: [UInt8] = []
            _ = request(&random, &bytes)
            bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                [0, 9, 10, 13, 32, 58, 59, 127, 255].randomElement(using: &random)!
            let whole = readRequests([bytes[...]], &parser)
            let pieces = readRequests(cut(bytes) { Int.random(in: 1...40, using: &random) }, &parser)
            #expect(whole == pieces, "seed \(seed)")
            #expect(whole.breach == nil, "seed \(seed)")
        }
    }
}

extension String {
    /// Values lose the blanks around them on the way.
    fileprivate func trimmingSpaces() -> String {
        String(String(drop { $0 == " " }.reversed()).drop { $0 == " " }.reversed())
    }
}

extension SeededGenerator {
    fileprivate mutating func text(_ alphabet: [UInt8], _ counts: ClosedRange<Int>) -> String {
        let octets = (0..<Int.random(in: counts, using: &self)).map { _ in alphabet.randomElement(using: &self)! }
        return String(decoding: octets, as: UTF8.self)
    }
}
