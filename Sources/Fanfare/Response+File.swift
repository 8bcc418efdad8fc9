// Owns how a program answers with a file. Nothing here may wait for the disk on a loop's thread.

public import Answers
import HTTPMessage
import Network
import ServedFiles
import Workers

extension Response {
    /// A file: with what tells its state (`ETag`, `Last-Modified`), and of that only what the request asks for. Conditions and
    /// byte ranges are answered as RFC 9110 says (sections 13 and 14): 304, 206, 412 and 416. It is read in pieces of 64 KiB
    /// as the client takes them; if it becomes shorter meanwhile, the response breaks off.
    ///
    /// - Parameters:
    ///   - path: where the file is, links followed. A path in which anything comes of a request is for ``file(_:in:for:type:fields:)``.
    ///   - request: what is answered. Ranges are for GET alone.
    ///   - type: the media type; by the ending of the name if `nil`.
    ///   - fields: further fields, in the place of those that it would have. Without `Cache-Control` caches have to ask each
    ///     time whether it is still good.
    /// - Throws: a ``Problem``: 404 if there is no file, 403 if it may not be read, and what conditions and ranges come to.
    public static func file(
        _ path: String, for request: Request, type: String? = nil, fields: HTTPFields = HTTPFields()
    ) async throws -> Response {
        let response = try await serve(request, type: type ?? FileType.of(path), fields: fields) {
            () throws(FileFailure) in .file(try OpenFile.open(path))
        }
        guard let response else { throw Problem.noFile }
        return response
    }

    /// A file of a folder, whatever its name, which may come of a request: nothing outside the folder is ever answered with.
    ///
    /// - Parameters:
    ///   - name: the file's path from the folder, decoded. Each of its segments has to be a name that does not begin with a dot;
    ///     links are followed as long as they stay inside.
    ///   - folder: where the files are.
    ///   - request: what is answered. Ranges are for GET alone.
    ///   - type: the media type; by the ending of the name if `nil`.
    ///   - fields: further fields, in the place of those that it would have.
    /// - Throws: a ``Problem``: 404 if there is no such file, 403 if it may not be read, and what conditions and ranges come to.
    public static func file(
        _ name: String, in folder: String, for request: Request, type: String? = nil, fields: HTTPFields = HTTPFields()
    ) async throws -> Response {
        guard let names = FileNames(name), !names.isFolder,
            let response = try await file(names, in: folder, for: request, type: type, fields: fields)
        else { throw Problem.noFile }
        return response
    }

    /// A file of a folder; nil if it is a folder itself.
    static func file(
        _ names: FileNames, in folder: String, for request: Request, type: String? = nil, fields: HTTPFields
    ) async throws -> Response? {
        let folder = Folder(folder)
        let type = type ?? FileType.of(names.list.last ?? "")
        return try await serve(request, type: type, fields: fields) { () throws(FileFailure) in
            try folder.open(names.list)
        }
    }

    /// Answers with what `open` opens; nil if that is a folder.
    private static func serve(
        _ request: Request, type: String, fields: HTTPFields,
        open: @escaping @Sendable () throws(FileFailure) -> Folder.Found
    ) async throws -> Response? {
        let readers = request.asker.worker.core.readers
        let head = request.head
        let outcome: Result<(answer: FileAnswer, body: [UInt8]?)?, any Error> = await readers.run {
            Result {
                guard case .file(let file) = try open() else { return nil }
                let answer = try FileAnswer(head, file, type: type, fields: fields, at: Process.time / 1000)
                // What is small is read while the file is at hand.
                let isWhole = head.method != .head && answer.length <= FileAnswer.pieceSize
                return (answer, isWhole ? try answer.body() : nil)
            }
        }
        do {
            guard let (answer, body) = try outcome.get() else { return nil }
            return response(answer, body, readers)
        } catch let failure as FileFailure {
            guard let problem = Problem.from(failure) else { throw failure }
            throw problem
        }
    }

    private static func response(_ answer: FileAnswer, _ body: [UInt8]?, _ readers: BlockingThreads) -> Response {
        if let body { return Response(.bytes(body), status: answer.status, fields: answer.fields) }
        var response = Response.body(length: answer.length) { writer in
            try await answer.write(to: writer) { file, range in
                try await readers.run { Result { () throws(FileFailure) in try file.read(range) } }.get()
            }
        }
        response.status = answer.status
        response.fields = answer.fields
        return response
    }
}

/// The names on the way to a file, as somebody asked for it.
struct FileNames: Sendable {
    /// One after the other.
    let list: [String]
    /// Whether it ends with a slash, which is to say that it is a folder.
    let isFolder: Bool

    /// Takes a path from a folder. Nil if it has a name that is empty, begins with a dot or holds a NUL.
    init?(_ path: String) {
        var names = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        isFolder = names.last == ""
        if isFolder { names.removeLast() }
        guard names.allSatisfy({ !$0.isEmpty && $0.utf8.first != UInt8(ascii: ".") && !$0.utf8.contains(0) }) else {
            return nil
        }
        list = names
    }

    private init(_ list: [String]) {
        self.list = list
        isFolder = false
    }

    /// The way to a file in the folder that these names lead to.
    func appending(_ name: String) -> FileNames { FileNames(list + [name]) }
}

extension Problem {
    /// There is no file.
    static let noFile = Problem(.notFound, "not-found", "there is no such file")

    /// What a client is told of a file that cannot be served; nil if only the log should be.
    static func from(_ failure: FileFailure) -> Problem? {
        switch failure.code {
        case .missing: return noFile
        case .forbidden: return Problem(.forbidden, "not-readable", "the server may not read this file")
        case .busy:
            var problem = Problem(.serviceUnavailable, "busy", "too many files are open: try again")
            problem.retryAfter = 1
            return problem
        case .failed, .shrunk: return nil
        }
    }
}
