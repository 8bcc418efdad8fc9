// Owns folders that last no longer than what is done in them. What is in one must never be reached by a name from outside.

import Network
import PrivateFiles

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A folder of the program's own for files that are not to stay.
public struct TemporaryFolder: Sendable {
    /// Where it is.
    public let path: String
    /// Where the disk is waited for: a handler's own thread is an event loop.
    let disk: BlockingThreads

    /// The path of a file in it.
    ///
    /// - Parameter name: of the program's own making, never a client's.
    /// - Throws: an error that is answered with 500, and logged, if it is no name but a path, as `../x`.
    public func file(_ name: String) throws -> String {
        guard !name.isEmpty, name != ".", name != "..",
            !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 })
        else { throw NoFileName(name: name) }
        return "\(path)/\(name)"
    }

    /// Removes files; those that are not there are passed over. It takes no time of an event loop's.
    public func remove(_ names: [String]) async {
        let paths = names.compactMap { try? file($0) }
        await disk.run { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    }
}

/// What was to be a file's name in a folder is none.
private struct NoFileName: Error, CustomStringConvertible {
    let name: String

    var description: String { "a file in a folder has a name, and not a path: \(name)" }
}

/// Does some work with a folder that is made for it, which only this user may enter, and removes it and all that is in it
/// at the end. It takes no time of an event loop's.
///
/// A process that is killed leaves its folder. The next one that makes a folder of the same name in the same place removes it:
/// one whose process lives is locked (`flock`), and left alone.
///
/// - Parameters:
///   - name: how its name begins. What ends it is drawn at random, and `.fanfare`.
///   - place: the folder that it is made in.
///   - body: the work.
/// - Throws: an error if it cannot be made, and what the work throws.
public func withTemporaryFolder<Value>(
    named name: String, in place: String = "/tmp", _ body: (TemporaryFolder) async throws -> Value
) async throws -> Value {
    let disk = BlockingThreads(count: 1)
    defer { disk.stop() }
    let (path, lock) = try await disk.run { Result { try TemporaryFolder.make(named: name, in: place) } }.get()
    let outcome: Result<Value, any Error>
    do {
        outcome = .success(try await body(TemporaryFolder(path: path, disk: disk)))
    } catch {
        outcome = .failure(error)
    }
    await disk.run { TemporaryFolder.remove(path, lockedBy: lock) }
    return try outcome.get()
}

extension TemporaryFolder {
    /// What the name of no other folder ends with: what a program or a person has named alike is none of these.
    private static let ending = ".fanfare"

    /// Makes a folder, and removes those that were left by processes that are no more.
    fileprivate static func make(
        named name: String, in place: String
    ) throws(PrivateFileError) -> (path: String, lock: PrivateFolder) {
        let beginning = "\(name)-"
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        where entry.hasPrefix(beginning) && isDrawn(entry.utf8.dropFirst(beginning.utf8.count)) {
            let path = "\(place)/\(entry)"
            if let lock = PrivateFolder(leftAt: path) { remove(path, lockedBy: lock) }
        }
        do throws(PrivateFileError) {
            return try make("\(place)/\(beginning)")
        } catch {
            // Somebody who tidies up may have seen it in the moment between its making and its lock.
            return try make("\(place)/\(beginning)")
        }
    }

    private static func make(_ beginning: String) throws(PrivateFileError) -> (path: String, lock: PrivateFolder) {
        let path = "\(beginning)\(String(UInt64.random(in: .min ... .max), radix: 36))\(ending)"
        return (path, try PrivateFolder(path))
    }

    /// Removes a folder, which is locked until it is gone: nobody else begins to.
    fileprivate static func remove(_ path: String, lockedBy lock: PrivateFolder) {
        withExtendedLifetime(lock) { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Whether it is how the names of these folders end.
    private static func isDrawn(_ text: Substring.UTF8View) -> Bool {
        guard Substring(text).hasSuffix(ending) else { return false }
        let drawn = text.dropLast(ending.utf8.count)
        return !drawn.isEmpty
            && drawn.allSatisfy {
                switch $0 {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
                default: false
                }
            }
    }
}
