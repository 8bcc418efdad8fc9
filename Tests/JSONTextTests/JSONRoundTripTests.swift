// Whatever is written is read again as it was: random values, broken texts, and every input that once found a fault.

import Foundation
import JSONText
import SeededRandomness
import Testing

@Suite struct JSONRoundTripTests {
    static let strings = [
        "", "a", "é", "e\u{301}", "\0", "\n", "\"", "\\", "\u{2028}", "😀", "\u{10FFFF}", " ", "\u{1F}",
    ]
    static let numbers = ["0", "-0", "1", "-12.50", "1e5", "2E-07", "123456789012345678901234567890"]

    static func value(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        func text() -> String {
            (0..<Int.random(in: 0...4, using: &random)).map { _ in strings.randomElement(using: &random)! }.joined()
        }
        switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .number(numbers.randomElement(using: &random)!)
        case 3, 4: return .string(text())
        case 5: return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth - 1, &random) })
        default:
            let count = Int.random(in: 0...20, using: &random)
            return .object((0..<count).map { .init("\($0)" + text(), value(depth: depth - 1, &random)) })
        }
    }

    @Test(arguments: 0..<10)
    func `a random value is read as it was written`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<50 {
            let value = Self.value(depth: 3, &random)
            #expect(faultInRoundTrip(of: value) == nil)
        }
    }

    @Test(arguments: 0..<10)
    func `a text with a byte changed is read alike by every reading`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<50 {
            var writer = JSONWriter()
            writer.value(Self.value(depth: 2, &random))
            var bytes = writer.finish()
            let place = bytes.indices.randomElement(using: &random)!
            switch Int.random(in: 0...2, using: &random) {
            case 0: bytes[place] = .random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            default: bytes.insert(Array(" {}[]\",:\\0".utf8).randomElement(using: &random)!, at: place)
            }
            #expect(jsonTextFault(in: bytes) == nil, "\(bytes)")
        }
    }

    @Test func `inputs that once found a fault find none now`() throws {
        let fuzz = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fuzz")
        for directory in ["seeds", "regressions"] {
            let room = fuzz.appending(path: "\(directory)/JSONText").standardizedFileURL
            for file in try FileManager.default.contentsOfDirectory(at: room, includingPropertiesForKeys: nil) {
                #expect(jsonTextFault(in: Array(try Data(contentsOf: file))) == nil, "\(file.lastPathComponent)")
            }
        }
    }
}
