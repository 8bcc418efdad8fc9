// Owns the replay of the inputs in Fuzz: what fuzzing once found stays found.

import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct FuzzRegressionTests {
    @Test(arguments: ["seeds", "regressions"]) func `what fuzzing starts from and what it found holds`(
        folder: String
    ) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "Fuzz/\(folder)/Multipart").path
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }
        #expect(!names.isEmpty || folder == "regressions")
        for name in names.sorted() {
            let fault = multipartFault(in: [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)"))))
            #expect(fault == nil, "\(folder)/\(name)")
        }
    }
}
