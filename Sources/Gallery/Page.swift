// Owns the files of the pages and the fields they are sent with. Must never allow a script but the pages' own.

import Fanfare
import GalleryPages

/// The files of the pages, as they lie in the binary.
enum Page {
    /// One of the files, as a response.
    static func file(_ name: String) -> Response {
        guard let text = texts[name] else { preconditionFailure("the gallery has no file \(name)") }
        let type =
            switch name.split(separator: ".").last {
            case "css": "text/css; charset=utf-8"
            case "js": "text/javascript; charset=utf-8"
            case "svg": "image/svg+xml"
            default: "text/html; charset=utf-8"
            }
        return .text(
            text, type: type,
            fields: [
                "Cache-Control": "no-cache",
                // Nothing but the page's own files and the hub; no inline script, whatever a message holds.
                "Content-Security-Policy":
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
                "Referrer-Policy": "no-referrer",
            ])
    }

    /// Adds the route of a page.
    static func add(_ path: String, _ name: String, to routes: inout Routes) {
        routes.get(path) { _ in file(name) }
        addRedirect(to: path, &routes)
    }

    /// Leads whoever asks for a page with a slash behind its path to the page.
    static func addRedirect(to path: String, _ routes: inout Routes) {
        routes.get(path + "/") { request in
            .redirect(to: path + (request.rawQuery.map { "?\($0)" } ?? ""), .movedPermanently)
        }
    }

    /// Adds a route for each style and script, at `/gallery/NAME`.
    static func addFiles(to routes: inout Routes) {
        for name in texts.keys.sorted() where !name.hasSuffix(".html") {
            routes.get("/gallery/\(name)") { _ in file(name) }
        }
    }

    private static let texts: [String: String] = {
        var texts: [String: String] = [:]
        var index = 0
        while let file = galleryFile(index) {
            texts[file.name] = file.text
            index += 1
        }
        return texts
    }()

    private static func galleryFile(_ index: Int) -> (name: String, text: String)? {
        // SAFETY: the files are constants of the binary, each with its own length and a name that ends with NUL; for an
        // index that no file has there is null.
        guard let file = unsafe gallery_file_at(index)?.pointee else { return nil }
        let bytes = unsafe UnsafeBufferPointer(start: file.bytes, count: file.count)
        return unsafe (String(cString: file.name), String(decoding: bytes, as: UTF8.self))
    }
}
