// Owns the replay of the inputs in Fuzz: what fuzzing once found stays found.

import SeededRandomness
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct `What holds for any bytes` {
    private static func inputs(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "Fuzz/\(folder)/Authorization").path
        // There is no folder until something is found.
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted().map {
            ($0, [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\($0)"))))
        }
    }

    @Test(arguments: ["seeds", "regressions"]) func `holds for what fuzzing starts from, and for what it found`(
        folder: String
    ) throws {
        let check = try AuthorizationCheck()
        let inputs = try Self.inputs(folder)
        #expect(!inputs.isEmpty || folder == "regressions")
        for input in inputs { #expect(check.fault(input.bytes) == nil, "\(folder)/\(input.name)") }
    }

    @Test func `holds for these with some bytes changed`() throws {
        let check = try AuthorizationCheck()
        let inputs = try Self.inputs("seeds")
        var random = SeededGenerator(seed: 14)
        for _ in 0..<3000 {
            var bytes = inputs.randomElement(using: &random)?.bytes ?? []
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = .random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: [0x22, 0x2C, 0x7D].shuffled(using: &random).prefix(1), at: place)
                }
            }
            #expect(check.fault(bytes) == nil, "\(bytes)")
        }
    }
}
