// Owns the files of pictures, and the room that they take. Must never serve one that is in no list.

import Fanfare

/// The pictures that are kept, in a folder of this run.
actor PictureFiles {
    /// A picture as lists tell of it.
    struct Picture: Codable, Sendable {
        let url: String
        let name: String
        let type: String
        let size: Int

        /// The name of its file.
        var file: String { String(url.dropFirst(PictureFiles.path.count)) }
    }

    /// Where pictures are served.
    static let path = "/v1/api/images/"
    /// How many bytes a picture may have.
    static let mostOfPicture = 10 << 20
    /// How many pictures there may be, and how many bytes.
    private static let (most, mostBytes) = (2000, 512 << 20)

    private var folder: TemporaryFolder?
    /// Whether it is known if there is a folder: it is made when the server has begun already.
    private var isSettled = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// The media types of those that are served, by their files.
    private var types: [String: String] = [:]
    /// What is kept, and what is on its way.
    private var (pictures, bytes) = (0, 0)

    // MARK: - The folder

    /// Begins with an empty folder; with `nil` there is none.
    func open(_ folder: TemporaryFolder?) {
        self.folder = folder
        (types, pictures, bytes) = ([:], 0, 0)
        isSettled = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    /// Waits until there is a folder, or none can be had.
    @discardableResult
    func ready() async throws(Problem) -> TemporaryFolder {
        if !isSettled { await withCheckedContinuation { waiting.append($0) } }
        guard let folder else { throw Self.noFolder }
        return folder
    }

    // MARK: - Pictures

    /// Writes a picture to the disk while it comes. It is not served yet.
    nonisolated func save(_ part: MultipartPart, named name: String) async throws -> Picture {
        let folder = try await reserve()
        do {
            let kind = try PictureKind(of: try await part.beginning(PictureKind.beginning))
            let file = "\(String(UInt64.random(in: .min ... .max), radix: 36)).\(kind.rawValue)"
            let size = try await part.save(to: try folder.file(file), upTo: Self.mostOfPicture)
            await letGo(of: 0, bytes: Self.mostOfPicture - size)
            return Picture(url: Self.path + file, name: name, type: kind.type, size: size)
        } catch {
            await letGo(of: 1, bytes: Self.mostOfPicture)
            throw error
        }
    }

    /// Serves pictures that were saved.
    func serve(_ pictures: [Picture]) {
        for picture in pictures { types[picture.file] = picture.type }
    }

    /// Removes pictures, served or not.
    func remove(_ pictures: [Picture]) async {
        letGo(of: pictures.count, bytes: pictures.reduce(0) { $0 + $1.size })
        for picture in pictures { types[picture.file] = nil }
        await folder?.remove(pictures.map(\.file))
    }

    /// Where a picture lies that is served, and its media type.
    func file(_ name: String) throws -> (path: String, type: String)? {
        guard let folder, let type = types[name] else { return nil }
        return (try folder.file(name), type)
    }

    /// Room for a picture, as large as it may be.
    private func reserve() async throws -> TemporaryFolder {
        let folder = try await ready()
        guard pictures < Self.most, bytes + Self.mostOfPicture <= Self.mostBytes else { throw Self.full }
        pictures += 1
        bytes += Self.mostOfPicture
        return folder
    }

    private func letGo(of pictures: Int, bytes: Int) {
        self.pictures -= pictures
        self.bytes -= bytes
    }

    static let full = Problem(
        .serviceUnavailable, "too-many-pictures",
        "no more pictures are kept at present: try again when others are gone", fields: ["Retry-After": "60"])

    private static let noFolder = Problem(
        .serviceUnavailable, "no-folder",
        "the server could not make a folder for pictures: see what its own log says, and whether TMPDIR can be written to"
    )
}
