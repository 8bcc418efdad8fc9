// Owns the routes of folders whose files are served. What is no file there is left to the next route.

public import Answers
import HTTPMessage

extension Routes {
    /// Answers GET and HEAD with the files of a folder, at paths that begin with a prefix.
    ///
    /// A path that ends with a slash is answered with `index.html` of that folder, and one without to which a folder
    /// belongs with the way there. No list of files is ever shown, nothing outside the folder, no name that begins
    /// with a dot, and nothing that is no file. What is not there is left to the next route: so add it after more particular
    /// ones, and after the hub's endpoints if the prefix is empty. See ``Response/file(_:for:type:fields:)`` for how a file
    /// is sent.
    ///
    /// - Parameters:
    ///   - prefix: begins with `/`; `/` alone for all paths.
    ///   - folder: where the files are. It is looked for at each request, and need not be there yet.
    ///   - fields: further fields of each response with a file, as `Cache-Control`.
    public mutating func files(at prefix: String, from folder: String, fields: HTTPFields = HTTPFields()) {
        let prefix = prefix.utf8.last == UInt8(ascii: "/") ? String(prefix.dropLast()) : prefix
        if !prefix.isEmpty { get(prefix) { request in .redirectToFolder(request) } }
        get(prefix + "/{file...}") { request in
            guard let names = FileNames(try request.parameters["file"]) else { return .declined }
            let wanted = names.isFolder ? names.appending("index.html") : names
            do {
                let response = try await Response.file(wanted, in: folder, for: request, fields: fields)
                return response ?? (names.isFolder ? .declined : .redirectToFolder(request))
            } catch let problem as Problem where problem.status == .notFound {
                return .declined
            }
        }
    }
}

extension Response {
    /// Sends the client to the same path with a slash behind it, the query kept.
    static func redirectToFolder(_ request: Request) -> Response {
        .redirect(to: request.path + "/" + (request.rawQuery.map { "?\($0)" } ?? ""), .movedPermanently)
    }
}
