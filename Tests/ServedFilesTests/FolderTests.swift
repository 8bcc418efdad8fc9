// Owns what names may lead to in a folder that others change. The acceptance tests ask the same over HTTP, in more ways.

import Foundation
import ServedFiles
import Testing

@Suite struct FolderTests {
    /// A folder of its own for each test, gone after it.
    private static func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("served-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path + "/inside/sub", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("outside".utf8).write(to: URL(fileURLWithPath: path + "/outside.txt"))
        try Data("file".utf8).write(to: URL(fileURLWithPath: path + "/inside/file.txt"))
        try body(path)
    }

    private static func text(_ names: String..., in folder: String) throws -> String {
        guard case .file(let file) = try Folder(folder).open(names) else { return "a folder" }
        return String(decoding: try file.read(0..<file.size), as: UTF8.self)
    }

    private static func expectMissing(_ names: String..., in folder: String) {
        #expect { try Folder(folder).open(names) } throws: { ($0 as? FileFailure)?.code == .missing }
    }

    @Test func `names lead to files and folders inside`() throws {
        try Self.withFolder { path in
            let inside = path + "/inside"
            try #expect(Self.text("file.txt", in: inside) == "file")
            try #expect(Self.text("sub", in: inside) == "a folder")
            try #expect(Self.text(in: inside) == "a folder")
            try #expect(Self.text("sub", "..", "file.txt", in: inside) == "file")
            Self.expectMissing("none", in: inside)
            Self.expectMissing("file.txt", "more", in: inside)
            Self.expectMissing("..", "outside.txt", in: inside)
            Self.expectMissing("sub", "..", "..", "outside.txt", in: inside)
            Self.expectMissing("../outside.txt", in: inside)
            Self.expectMissing("file.txt\0", in: inside)
        }
    }

    @Test func `links lead on inside, and never out`() throws {
        try Self.withFolder { path in
            let inside = path + "/inside"
            for (name, target) in [
                ("good", "file.txt"), ("sub/good", "../file.txt"), ("bad", "../outside.txt"),
                ("sub/bad", "../../outside.txt"), ("absolute", path + "/outside.txt"), ("loop", "loop"),
                ("back", "../inside/file.txt"), ("parent", ".."),
            ] {
                try FileManager.default.createSymbolicLink(atPath: "\(inside)/\(name)", withDestinationPath: target)
            }
            try #expect(Self.text("good", in: inside) == "file")
            try #expect(Self.text("sub", "good", in: inside) == "file")
            for name in ["bad", "absolute", "loop", "back", "parent"] { Self.expectMissing(name, in: inside) }
            Self.expectMissing("sub", "bad", in: inside)
            Self.expectMissing("parent", "outside.txt", in: inside)
            // The folder itself may be reached by a link: whoever names it may.
            try FileManager.default.createSymbolicLink(atPath: path + "/link", withDestinationPath: "inside")
            try #expect(Self.text("file.txt", in: path + "/link") == "file")
        }
    }

    @Test func `a folder that is swapped for a link while files are opened never leads out`() throws {
        try Self.withFolder { path in
            let inside = path + "/inside"
            try FileManager.default.createDirectory(atPath: path + "/secret", withIntermediateDirectories: true)
            try Data("outside".utf8).write(to: URL(fileURLWithPath: path + "/secret/a.txt"))
            try FileManager.default.createDirectory(atPath: inside + "/one", withIntermediateDirectories: true)
            try Data("file".utf8).write(to: URL(fileURLWithPath: inside + "/one/a.txt"))
            try FileManager.default.createSymbolicLink(atPath: path + "/two", withDestinationPath: path + "/secret")
            let isOver = OverFlag()
            let swapper = Thread {
                // One name is the folder and the link in turns, which `rename` does in one step.
                while !isOver.value {
                    _ = rename(inside + "/one", path + "/parked")
                    _ = rename(path + "/two", inside + "/one")
                    _ = rename(inside + "/one", path + "/two")
                    _ = rename(path + "/parked", inside + "/one")
                }
                isOver.signal()
            }
            swapper.start()
            var seen: Set<String> = []
            for _ in 0..<40_000 {
                seen.insert((try? Self.text("one", "a.txt", in: inside)) ?? "missing")
            }
            isOver.end()
            #expect(!seen.contains("outside"))
            #expect(seen.contains("file"))
        }
    }

    @Test func `a file that became shorter cannot be read to its end`() throws {
        try Self.withFolder { path in
            let name = path + "/outside.txt"
            let file = try OpenFile.open(name)
            #expect(file.size == 7)
            #expect(truncate(name, 3) == 0)
            try #expect(String(decoding: file.read(0..<3), as: UTF8.self) == "out")
            #expect { try file.read(0..<7) } throws: { ($0 as? FileFailure)?.code == .shrunk }
            #expect { try file.read(3..<4) } throws: { ($0 as? FileFailure)?.code == .shrunk }
        }
    }

    @Test(
        arguments: [
            ("a.html", "text/html; charset=utf-8"), ("A.HTML", "text/html; charset=utf-8"),
            ("a.tar.gz", "application/gzip"),
            ("a", "application/octet-stream"), ("a.", "application/octet-stream"), ("html", "application/octet-stream"),
            ("a.html.exe", "application/octet-stream"), ("a.jpeg", "image/jpeg"), (".html", "text/html; charset=utf-8"),
        ])
    func `a file's type is by its ending`(name: String, type: String) { #expect(FileType.of(name) == type) }
}

/// Tells another thread to end, and waits until it has.
private final class OverFlag: @unchecked Sendable {
    // SAFETY: `isOver` is behind the condition's lock.
    private let condition = NSCondition()
    private var isOver = false
    private var hasEnded = false

    var value: Bool { condition.withLock { isOver } }

    func signal() {
        condition.withLock {
            hasEnded = true
            condition.signal()
        }
    }

    func end() {
        condition.lock()
        isOver = true
        while !hasEnded { condition.wait() }
        condition.unlock()
    }
}
