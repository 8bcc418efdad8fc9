// Whatever is sent arrives: random events made of what breaks formats, and every input that once found a fault.

import EventStream
import Foundation
import SeededRandomness
import Testing

@Suite struct RoundTripTests {
    /// What is most likely to break a frame, a parser, or a comparison.
    static let fragments: [String] = [
        "\n", "\r", "\r\n", "\n\r", "\0", " ", "\t", ":", ": ", "data", "data:", "id: 9", "event:x", "retry: 1", "a",
        "é",
        "e\u{301}", "\u{301}", "\u{FEFF}", "\u{2028}", "\u{85}", "\u{B}", "😀", "\u{FFFD}", "\u{10FFFF}", "{\"a\":1}",
        "long long long long long long",
    ]

    @Test(arguments: 0..<20)
    func `a random event survives encoding and any cuts`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        func text(of fragments: [String]) -> String? {
            guard Bool.random(using: &random) else { return nil }
            return (0..<Int.random(in: 0...6, using: &random)).map { _ in fragments.randomElement(using: &random)! }
                .joined()
        }
        for _ in 0..<250 {
            // Most ids and types are sound, so that most events get past validation.
            let forFields = Int.random(in: 0..<8, using: &random) == 0 ? Self.fragments : Array(Self.fragments[5...])
            let event = Event(
                data: text(of: Self.fragments), type: text(of: forFields), id: text(of: forFields),
                retry: Bool.random(using: &random) ? .milliseconds(Int.random(in: 0...100_000, using: &random)) : nil,
                comment: text(of: Self.fragments))
            let fault = faultInRoundTrip(of: event, pieces: Int.random(in: 1...40, using: &random))
            #expect(fault == nil)
        }
    }

    @Test func `random bytes read the same in any pieces`() {
        var random = SeededGenerator(seed: 1)
        let fragments =
            Self.fragments.map { Array($0.utf8) } + [[0xEF, 0xBB, 0xBF], [0xF0, 0x9F], [0xFF], [0xC3], [0x80]]
        for _ in 0..<1000 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).flatMap { _ in
                fragments.randomElement(using: &random)!
            }
            #expect(eventStreamFault(in: bytes) == nil, "\(bytes)")
        }
    }

    @Test func `inputs that once found a fault find none now`() throws {
        let fuzz = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fuzz")
        for directory in ["seeds", "regressions"] {
            let room = fuzz.appending(path: "\(directory)/EventStream").standardizedFileURL
            for file in try FileManager.default.contentsOfDirectory(at: room, includingPropertiesForKeys: nil) {
                #expect(eventStreamFault(in: Array(try Data(contentsOf: file))) == nil, "\(file.lastPathComponent)")
            }
        }
    }
}
