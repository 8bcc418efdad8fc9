// Owns which pictures belong together, and for how long. Must never keep more than its bounds say, nor anything after its
// time.

import Fanfare

/// The pictures of each identifier, from its first use until its time is over.
actor Albums {
    typealias Place = PhoneUpload.Place
    typealias Picture = PictureFiles.Picture

    /// How many pictures there may be of one identifier.
    private static let mostOfOne = 100

    private let lifetime: Duration
    /// How many identifiers there may be, with those that are over.
    private let most: Int
    private let files: PictureFiles
    private var albums: [Place: Album] = [:]
    /// Those that have time. All have as much of it: the first to begin is the first to end.
    private var open: [Place] = []
    /// Those whose time is over, the first to end first.
    private var over: [Place] = []
    /// Is told when one begins.
    private var begun: AsyncStream<Void>.Continuation?

    private struct Album {
        let end: ContinuousClock.Instant
        var isOver = false
        var pictures: [Picture] = []
        var followers: [UInt64: AsyncStream<[Picture]>.Continuation] = [:]

        /// Whether nobody would miss it.
        var isIdle: Bool { pictures.isEmpty && followers.isEmpty }
    }

    init(_ files: PictureFiles, _ settings: Gallery.Settings) {
        self.files = files
        lifetime = settings.uploadLifetime
        most = settings.uploadIdentifiers
    }

    // MARK: - Time

    /// Keeps pictures in a folder, and ends identifiers when their time is over, until the task is cancelled.
    func keep(in folder: TemporaryFolder) async {
        let (beginnings, begun) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.begun = begun
        defer { (albums, open, over, self.begun) = ([:], [], [], nil) }
        await files.open(folder)
        for await _ in beginnings {
            while let end = open.first.flatMap({ albums[$0]?.end }), (try? await Task.sleep(until: end)) != nil {
                await endThose(before: .now)
            }
        }
        await files.open(nil)
    }

    private func endThose(before now: ContinuousClock.Instant) async {
        while let place = open.first, let album = albums[place], album.end <= now {
            open.removeFirst()
            over.append(place)
            albums[place] = Album(end: album.end, isOver: true)
            for follower in album.followers.values { follower.finish() }
            await files.remove(album.pictures)
        }
    }

    /// The album of an identifier, whose time begins if this is its first use; `nil` if it is over.
    private func album(of place: Place) throws(Problem) -> Album? {
        if let album = albums[place] { return album.isOver ? nil : album }
        guard makeRoom() else { throw PictureFiles.full }
        let album = Album(end: .now + lifetime)
        albums[place] = album
        open.append(place)
        begun?.yield()
        return album
    }

    /// For a new identifier the first goes that is over, or else the first that has no pictures and that nobody follows: so
    /// nobody can take all places who does not hold them.
    private func makeRoom() -> Bool {
        guard albums.count >= most else { return true }
        if let place = over.first {
            over.removeFirst()
            albums[place] = nil
        } else if let index = open.firstIndex(where: { albums[$0]?.isIdle == true }) {
            albums[open.remove(at: index)] = nil
        }
        return albums.count < most
    }

    // MARK: - Lists

    /// What can be had of an identifier.
    enum Standing {
        /// It has time, or is to have it when it is used.
        case open
        case over
        /// There is no room for one more.
        case full
    }

    /// Tells without using it. It waits until pictures can be kept, or throws if they cannot.
    func standing(of place: Place) async throws -> Standing {
        try await files.ready()
        if let album = albums[place] { return album.isOver ? .over : .open }
        return makeRoom() ? .open : .full
    }

    /// The list of an identifier's pictures, now and after each change, until its time is over. Who reads slowly gets the
    /// latest.
    func lists(of place: Place) throws(Problem) -> AsyncStream<[Picture]> {
        let (lists, follower) = AsyncStream.makeStream(of: [Picture].self, bufferingPolicy: .bufferingNewest(1))
        guard let album = try album(of: place) else {
            follower.finish()
            return lists
        }
        let number = UInt64.random(in: .min ... .max)
        albums[place]?.followers[number] = follower
        follower.onTermination = { _ in Task { await self.leave(place, number) } }
        follower.yield(album.pictures)
        return lists
    }

    private func leave(_ place: Place, _ number: UInt64) { albums[place]?.followers[number] = nil }

    /// Puts pictures that were saved into the list.
    func add(_ pictures: [Picture], to place: Place) async throws {
        // First they are served: who follows the list asks for them at once.
        await files.serve(pictures)
        guard let album = try album(of: place) else { throw Self.expired }
        guard album.pictures.count + pictures.count <= Self.mostOfOne else { throw PictureFiles.full }
        albums[place]?.pictures += pictures
        for follower in album.followers.values { follower.yield(album.pictures + pictures) }
    }

    static let expired = Problem(
        .gone, "code-expired", "the time of this identifier is over: open /upload anew, and scan the new code")
}
