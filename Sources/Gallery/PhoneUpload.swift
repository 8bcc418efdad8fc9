// Owns the routes of one system. What a client calls its files must never become a path, and what it says that they are
// must never become their type.

import Fanfare
import QRCode

/// Pictures from a phone: `/upload` shows a QR code; the phone that scans it opens `/upload/phone` and sends pictures, and
/// each is shown on the first page at once.
///
/// `GET /v1/api/sse/events?event=&member_id=&identifier=` is the list of an identifier's pictures as a stream, and
/// `POST /v1/api/images?member_id=&identifier=` takes pictures as a form. An identifier has its time, which its first use
/// begins.
enum PhoneUpload {
    static func add(to routes: inout Routes, _ settings: Gallery.Settings) {
        let files = PictureFiles()
        let albums = Albums(files, settings)
        routes.background { _ in try await keep(albums, files, in: settings.temporaryFolder) }
        addPages(to: &routes)
        routes.get("/v1/api/sse/events") { request in
            let place = try Place(request)
            let name = try eventName(request)
            switch try await albums.standing(of: place) {
            case .over: return .status(.noContent)
            // A browser would come back after no other status.
            case .full where request.header("Accept")?.contains("text/event-stream") == true:
                return .events(retry: .seconds(20)) { try await $0.send(Event(comment: PictureFiles.full.detail)) }
            case .full: return .problem(PictureFiles.full)
            case .open: return follow(place, of: albums, as: name)
            }
        }
        routes.post("/v1/api/images", body: .streamed(upTo: 256 << 20)) { request in
            let place = try Place(request)
            switch try await albums.standing(of: place) {
            case .over: throw Albums.expired
            case .full: throw PictureFiles.full
            case .open: break
            }
            var pictures: [PictureFiles.Picture] = []
            do {
                for try await part in try request.multipart() {
                    guard let fileName = part.fileName else { continue }
                    pictures.append(try await files.save(part, named: shown(fileName)))
                }
                guard !pictures.isEmpty else {
                    throw Problem(.badRequest, "no-picture", "the form has no file: send one or more")
                }
                try await albums.add(pictures, to: place)
            } catch {
                await files.remove(pictures)
                throw error
            }
            return .json(pictures, status: .created)
        }
        routes.get("\(PictureFiles.path){file}") { request in
            guard let (path, type) = try await files.file(request.parameters["file"]) else {
                return .problem(404, "no-picture", "there is no such picture, or its time is over")
            }
            let policy = "default-src 'none'; frame-ancestors 'none'"
            return try await .file(
                path, for: request, type: type,
                fields: ["Content-Security-Policy": policy, "Cache-Control": "private, max-age=1800"])
        }
    }

    /// Keeps the pictures of this run, in a folder that goes with it.
    private static func keep(_ albums: Albums, _ files: PictureFiles, in place: String) async throws {
        do {
            try await withTemporaryFolder(named: "fanfare-pictures", in: place) { await albums.keep(in: $0) }
        } catch {
            await files.open(nil)
            throw error
        }
    }

    private static func follow(_ place: Place, of albums: Albums, as name: String) -> Response {
        .events { events in
            for await pictures in try await albums.lists(of: place) {
                var event = try Event(json: pictures, type: name)
                event.retry = .seconds(2)
                try await events.send(event)
            }
        }
    }

    private static func addPages(to routes: inout Routes) {
        Page.add("/upload", "upload.html", to: &routes)
        routes.get("/upload/phone") { request in
            _ = try Place(request)
            return Page.file("upload-phone.html")
        }
        Page.addRedirect(to: "/upload/phone", &routes)
        routes.get("/upload/link") { request in .json(["url": phoneAddress(request, try Place(request))]) }
        routes.get("/upload/code.svg") { request in
            .text(try QRCode(phoneAddress(request, try Place(request))).svg, type: "image/svg+xml")
        }
    }

    /// Where the phone goes, by an address that it can reach.
    private static func phoneAddress(_ request: Request, _ place: Place) -> String {
        request.reachableURL("/upload/phone?member_id=\(place.member)&identifier=\(place.identifier)")
    }

    private static func eventName(_ request: Request) throws -> String {
        let lineEnds: Set<Unicode.Scalar> = ["\r", "\n", "\0"]
        guard let name = try request.query("event"), !name.isEmpty, lineEnds.isDisjoint(with: name.unicodeScalars)
        else {
            throw Problem(
                .badRequest, "bad-event",
                "say how the events are to be named: add event= to the query, without line ends and NUL")
        }
        return name
    }

    /// A file's name for people to read: what stands after its folders, if anything does.
    private static func shown(_ fileName: String) -> String {
        let last = fileName.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        let plain = last.filter { $0.unicodeScalars.allSatisfy(isShown) }.prefix(100)
        return ["", ".", ".."].contains(plain) || plain.utf8.count > 1000 ? "picture" : String(plain)
    }

    /// Nothing that ends a line, or turns the direction in which an ending such as `.jpg` is read.
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    }

    /// Whose pictures, and of which code.
    struct Place: Hashable, Sendable {
        let member: UInt32
        let identifier: String

        /// What a request names.
        init(_ request: Request) throws {
            guard let text = try request.query("member_id"), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let member = UInt32(text)
            else {
                throw Problem(.badRequest, "bad-member", "add member_id= to the query, a number from 0 to 4294967295")
            }
            guard let identifier = try request.query("identifier"), (1...64).contains(identifier.utf8.count),
                identifier.utf8.allSatisfy({ Self.letters.contains($0) })
            else {
                throw Problem(
                    .badRequest, "bad-identifier", "add identifier= to the query, of 1 to 64 letters, digits, - and _")
            }
            self.member = member
            self.identifier = identifier
        }

        private static let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    }
}
