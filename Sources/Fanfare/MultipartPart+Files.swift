// Owns the way of a part into a file. The disk is waited for on threads that have nothing else to do; a loop's never is one of
// them.

import Answers
import Network
import PrivateFiles
import Synchronization

extension MultipartPart {
    /// Writes the rest of the part to a file, as it comes.
    ///
    /// The file is made beside its goal, where only the server's own user may read and write it (mode 0600), and gets its name,
    /// in the place of what has it, when all of it is on the disk. On any failure nothing is left. Never make a path of what the
    /// client sent, such as `fileName`.
    ///
    /// - Parameters:
    ///   - path: where the file is to be; its folder must be there.
    ///   - limit: how many bytes it may have.
    /// - Returns: how many bytes it has.
    /// - Throws: an error that is answered with 413 if there are more, or with 503 if the disk is full; what reading the form
    ///   throws; and an error, answered with 500 and logged, if the file cannot be written for another reason.
    @discardableResult
    public func save(to path: String, upTo limit: Int) async throws -> Int {
        let file = SavedFile(path, on: reader.threads)
        do {
            try await file.open()
            var count = 0
            for try await piece in self {
                count += piece.count
                guard count <= limit else { throw Problem.partTooLarge(name, limit) }
                try await file.write(piece)
            }
            try await file.finish()
            return count
        } catch {
            await file.discard()
            guard (error as? PrivateFileError)?.isForWantOfRoom == true else { throw error }
            throw Problem.noRoom
        }
    }
}

extension Problem {
    /// The disk is full, or too many files are open.
    fileprivate static let noRoom: Problem = {
        var problem = Problem(
            .serviceUnavailable, "no-room", "the server has no room for the file now: try again later")
        problem.retryAfter = 60
        return problem
    }()
}

/// A file that is being written.
private final class SavedFile: Sendable {
    private let path: String
    private let threads: BlockingThreads
    /// Nil before it is opened, and once it is done. Only one at a time asks for it.
    private let draft = Mutex<FileDraft?>(nil)

    init(_ path: String, on threads: BlockingThreads) {
        self.path = path
        self.threads = threads
    }

    func open() async throws {
        try await wait { file throws(PrivateFileError) in
            try file.draft.withLock { draft throws(PrivateFileError) in draft = try FileDraft(of: file.path) }
        }
    }

    func write(_ bytes: [UInt8]) async throws {
        try await wait { file throws(PrivateFileError) in
            try file.draft.withLock { draft throws(PrivateFileError) in try draft?.write(bytes) }
        }
    }

    func finish() async throws {
        try await wait { file throws(PrivateFileError) in
            try file.draft.withLock { draft throws(PrivateFileError) in try draft.take()?.finish() }
        }
    }

    func discard() async {
        await threads.run { [self] in draft.withLock { $0 = nil } }
    }

    private func wait(_ work: @escaping @Sendable (SavedFile) throws(PrivateFileError) -> Void) async throws {
        try await threads.run { [self] in Result { () throws(PrivateFileError) in try work(self) } }.get()
    }
}
