// Owns folders that last no longer than what is done in them. What is in one must never be reached by a name from outside.

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A folder of the program's own for files that are not to stay.
public struct TemporaryFolder: Sendable {
    /// Where it is.
    public let path: String

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
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            for path in paths { try? FileManager.default.removeItem(atPath: path) }
        }
    }
}

/// What was to be a file's name in a folder is none.
private struct NoFileName: Error, CustomStringConvertible {
    let name: String

    var description: String { "a file in a folder has a name, and not a path: \(name)" }
}

/// Does some work with a folder that is made for it, which only this user may enter, and removes it and all that is in it
/// at the end.
///
/// - Parameters:
///   - name: how its name begins.
///   - place: the folder that it is made in.
///   - body: the work.
/// - Throws: an error if it cannot be made, and what the work throws.
public func withTemporaryFolder<Result>(
    named name: String, in place: String = "/tmp", _ body: (TemporaryFolder) async throws -> Result
) async throws -> Result {
    let path = "\(place)/\(name)-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(TemporaryFolder(path: path))
}
