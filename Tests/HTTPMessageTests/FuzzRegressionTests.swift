// Owns the replay of the inputs in Fuzz: what fuzzing once found stays found.

import HTTPMessage
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct FuzzRegressionTests {
    private static func inputs(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "Fuzz/\(folder)/HTTPMessage").path
        // There is no folder until something is found.
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted().map {
            ($0, [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\($0)"))))
        }
    }

    @Test(arguments: ["seeds", "regressions"]) func `what fuzzing starts from and what it found holds`(
        folder: String
    ) throws {
        var check = HTTPMessageCheck()
        let inputs = try Self.inputs(folder)
        #expect(!inputs.isEmpty || folder == "regressions")
        for input in inputs {
            let fault = check.fault(input.bytes)
            #expect(fault == nil, "\(folder)/\(input.name)")
        }
    }
}
