import Fanfare
import Foundation
import Testing

@Suite struct TemporaryFolderTests {
    private struct Failure: Error {}

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func `is there during the work, for its user alone, and gone after it with all that is in it`() async throws {
        let path = try await withTemporaryFolder(named: "fanfare-tests") { folder in
            #expect(folder.path.hasPrefix("/tmp/fanfare-tests-"))
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            try Data("a".utf8).write(to: URL(filePath: try folder.file("a")))
            try FileManager.default.createDirectory(atPath: try folder.file("b"), withIntermediateDirectories: false)
            try Data("c".utf8).write(to: URL(filePath: try folder.file("b") + "/c"))
            return folder.path
        }
        #expect(!Self.exists(path))
    }

    @Test func `is gone when the work fails too`() async throws {
        var path = ""
        await #expect(throws: Failure.self) {
            try await withTemporaryFolder(named: "fanfare-tests") { folder in
                path = folder.path
                #expect(Self.exists(path))
                throw Failure()
            }
        }
        #expect(!path.isEmpty && !Self.exists(path))
    }

    @Test func `is another each time`() async throws {
        try await withTemporaryFolder(named: "fanfare-tests") { one in
            try await withTemporaryFolder(named: "fanfare-tests") { two in #expect(one.path != two.path) }
            #expect(Self.exists(one.path))
        }
    }

    @Test func `lets go of files that are named, and only of those`() async throws {
        try await withTemporaryFolder(named: "fanfare-tests") { folder in
            for name in ["a", "b", "c"] { try Data(name.utf8).write(to: URL(filePath: try folder.file(name))) }
            await folder.remove(["a", "never there", "c"])
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left == ["b"])
        }
    }

    @Test func `that a process left which is no more goes when the next of its name is made, and nothing else`()
        async throws
    {
        try await withTemporaryFolder(named: "fanfare-tests") { outer in
            let place = outer.path
            await #expect(processExitsWith: .failure) { [place = place as String] in
                try await withTemporaryFolder(named: "a", in: place) { folder in
                    try Data("secret".utf8).write(to: URL(filePath: try folder.file("picture")))
                    fatalError("and so it ends")
                }
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: place)
            #expect(left.count == 1)
            // Of somebody else's making, however alike.
            let others = [
                "a-1", "a-1.fanfare.old", "a-.fanfare", "a-A.fanfare", "a-b-1.fanfare", "ab-1.fanfare", "A-1.fanfare",
            ]
            for other in others {
                try FileManager.default.createDirectory(atPath: "\(place)/\(other)", withIntermediateDirectories: false)
            }
            try Data().write(to: URL(filePath: "\(place)/a-2.fanfare"))
            try FileManager.default.createSymbolicLink(atPath: "\(place)/a-3.fanfare", withDestinationPath: "a-1")
            try await withTemporaryFolder(named: "b", in: place) { _ in
                #expect(Self.exists("\(place)/\(left[0])"))
            }
            try await withTemporaryFolder(named: "a", in: place) { one in
                #expect(!Self.exists("\(place)/\(left[0])"))
                // One that is in use stays.
                try await withTemporaryFolder(named: "a", in: place) { _ in #expect(Self.exists(one.path)) }
                #expect(Self.exists(one.path))
            }
            let rest = try FileManager.default.contentsOfDirectory(atPath: place).sorted()
            #expect(rest == (others + ["a-2.fanfare", "a-3.fanfare"]).sorted())
        }
    }

    @Test func `that cannot be made is an error`() async {
        await #expect(throws: (any Error).self) {
            try await withTemporaryFolder(named: "fanfare-tests", in: "/nowhere") { _ in }
        }
    }

    @Test(arguments: ["", ".", "..", "../a", "/a", "a/b", "a\0b"])
    func `has files with names, never with paths`(name: String) async throws {
        try await withTemporaryFolder(named: "fanfare-tests") { outer in
            let beside = try outer.file("a")
            try Data("a".utf8).write(to: URL(filePath: beside))
            try await withTemporaryFolder(named: "inner", in: outer.path) { folder in
                #expect(throws: (any Error).self) { try folder.file(name) }
                await folder.remove([name])
            }
            #expect(FileManager.default.fileExists(atPath: beside))
        }
    }
}
