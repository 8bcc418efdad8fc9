// Owns the pictures that came from phones, for as long as they last. Must never keep more than its bounds say, nor anything
// after its time.

import Fanfare
import Synchronization

/// The pictures of each identifier, from its first use until its time is over.
final class Albums: Sendable {
    typealias Place = PhoneUpload.Place

    /// A picture as lists tell of it.
    struct Picture: Codable, Sendable {
        let url: String
        let name: String
        let type: String
        let size: Int

        /// The name of its file.
        var file: String { String(url.dropFirst(Albums.path.count)) }
    }

    /// Where pictures are served.
    static let path = "/v1/api/images/"
    /// How many bytes a picture may have.
    static let mostOfPicture = 10 << 20
    /// How many pictures there may be of one identifier, how many in all, how many bytes, and how many identifiers.
    private static let (mostOfOne, most, mostBytes, mostPlaces) = (100, 2000, 512 << 20, 10_000)

    private let lifetime: Duration
    private let state = Mutex(State())

    private struct State {
        var folder: TemporaryFolder?
        var firstUses: AsyncStream<(place: Place, end: ContinuousClock.Instant)>.Continuation?
        var albums: [Place: Album] = [:]
        /// Those whose time is over, the first to end first.
        var over: [Place] = []
        /// The media types of all pictures, by their files.
        var types: [String: String] = [:]
        /// What is kept, and what is on its way.
        var pictures = 0
        var bytes = 0
    }

    private struct Album {
        var isOver = false
        var pictures: [Picture] = []
        var followers: [UInt64: AsyncStream<[Picture]>.Continuation] = [:]
    }

    init(lifetime: Duration) { self.lifetime = lifetime }

    // MARK: - Time

    /// Keeps pictures in a folder, and ends identifiers when their time is over, until the task is cancelled.
    func keep(in folder: TemporaryFolder) async throws {
        let (firstUses, used) = AsyncStream.makeStream(of: (place: Place, end: ContinuousClock.Instant).self)
        begin(State(folder: folder, firstUses: used))
        defer { begin(State()) }
        // All have the same time: the first to begin is the first to end.
        for await use in firstUses {
            try await Task.sleep(until: use.end)
            let (files, followers) = end(use.place)
            for follower in followers { follower.finish() }
            await folder.remove(files)
        }
    }

    private func begin(_ new: State) {
        // What was goes outside the lock: a follower that goes takes it.
        _ = state.withLock { state in
            let old = state
            state = new
            return old
        }
    }

    private func end(_ place: Place) -> (files: [String], followers: [AsyncStream<[Picture]>.Continuation]) {
        state.withLock { state in
            guard let album = state.albums.updateValue(Album(isOver: true), forKey: place) else { return ([], []) }
            state.over.append(place)
            let files = album.pictures.map(\.file)
            for file in files { state.types[file] = nil }
            state.pictures -= files.count
            state.bytes -= album.pictures.reduce(0) { $0 + $1.size }
            return (files, Array(album.followers.values))
        }
    }

    /// The album of an identifier, whose time begins if this is its first use; `nil` if it is over.
    private func album(of place: Place, _ state: inout State) throws(Problem) -> Album? {
        if let album = state.albums[place] { return album.isOver ? nil : album }
        guard let firstUses = state.firstUses else { throw Self.full }
        if state.albums.count >= Self.mostPlaces {
            guard !state.over.isEmpty else { throw Self.full }
            state.albums[state.over.removeFirst()] = nil
        }
        firstUses.yield((place, .now + lifetime))
        state.albums[place] = Album()
        return Album()
    }

    // MARK: - Lists

    /// Whether an identifier still has time. If this is its first use, its time begins.
    func isOpen(_ place: Place) async throws -> Bool {
        // The folder is made when the server has begun already; not for ever, since it may be that none can be made.
        for _ in 0..<1000 where state.withLock({ $0.folder == nil }) { try await Task.sleep(for: .milliseconds(2)) }
        return try state.withLock { state throws(Problem) in try album(of: place, &state) != nil }
    }

    /// The list of an identifier's pictures, now and after each change, until its time is over. Who reads slowly gets the
    /// latest.
    func lists(of place: Place) throws(Problem) -> AsyncStream<[Picture]> {
        let (lists, follower) = AsyncStream.makeStream(of: [Picture].self, bufferingPolicy: .bufferingNewest(1))
        let number = UInt64.random(in: .min ... .max)
        follower.onTermination = { _ in
            self.state.withLock { _ = $0.albums[place]?.followers.removeValue(forKey: number) }
        }
        let isOpen = try state.withLock { state throws(Problem) in
            guard let album = try album(of: place, &state) else { return false }
            state.albums[place]?.followers[number] = follower
            follower.yield(album.pictures)
            return true
        }
        if !isOpen { follower.finish() }
        return lists
    }

    /// Puts pictures that were saved into the list.
    func add(_ pictures: [Picture], to place: Place) throws(Problem) {
        try state.withLock { state throws(Problem) in
            guard var album = try album(of: place, &state) else { throw Self.expired }
            guard album.pictures.count + pictures.count <= Self.mostOfOne else { throw Self.full }
            album.pictures += pictures
            state.albums[place] = album
            for picture in pictures { state.types[picture.file] = picture.type }
            // Within the lock, or a shorter list could come after a longer one.
            for follower in album.followers.values { follower.yield(album.pictures) }
        }
    }

    // MARK: - Pictures

    /// Writes a picture to the disk while it comes. It is in no list yet.
    func save(_ part: MultipartPart, named name: String) async throws -> Picture {
        let folder = try reserve()
        do {
            let kind = try PictureKind(of: try await part.beginning(PictureKind.beginning))
            let file = "\(String(UInt64.random(in: .min ... .max), radix: 36)).\(kind.rawValue)"
            let size = try await part.save(to: try folder.file(file), upTo: Self.mostOfPicture)
            state.withLock { $0.bytes -= Self.mostOfPicture - size }
            return Picture(url: Self.path + file, name: name, type: kind.type, size: size)
        } catch {
            letGo(of: 1, bytes: Self.mostOfPicture)
            throw error
        }
    }

    /// Removes pictures that are in no list.
    func discard(_ pictures: [Picture]) async {
        letGo(of: pictures.count, bytes: pictures.reduce(0) { $0 + $1.size })
        await state.withLock { $0.folder }?.remove(pictures.map(\.file))
    }

    /// Where a picture of the lists lies, and its media type.
    func file(_ name: String) throws -> (path: String, type: String)? {
        try state.withLock { state in
            guard let folder = state.folder, let type = state.types[name] else { return nil }
            return (try folder.file(name), type)
        }
    }

    /// Room for a picture, as large as it may be.
    private func reserve() throws(Problem) -> TemporaryFolder {
        try state.withLock { state throws(Problem) in
            guard let folder = state.folder, state.pictures < Self.most,
                state.bytes + Self.mostOfPicture <= Self.mostBytes
            else { throw Self.full }
            state.pictures += 1
            state.bytes += Self.mostOfPicture
            return folder
        }
    }

    private func letGo(of pictures: Int, bytes: Int) {
        state.withLock { state in
            state.pictures -= pictures
            state.bytes -= bytes
        }
    }

    static let expired = Problem(
        .gone, "code-expired", "the time of this identifier is over: open /upload anew, and scan the new code")

    private static let full = Problem(
        .serviceUnavailable, "too-many-pictures",
        "no more pictures are kept at present: try again when others are gone", fields: ["Retry-After": "60"])
}
