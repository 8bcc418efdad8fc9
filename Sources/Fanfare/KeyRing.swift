// Owns the keys that verify tokens, and the change from one set to the next. Must never give up keys that work for a source
// that fails, nor let anybody who can make up a key's name have it fetched as often as they like.

import Authorization
import HTTPClient
import Network
import PrivateFiles
import Synchronization
import TimerWheel

/// A server's keys, which may be replaced while it runs.
final class KeyRing: Sendable {
    /// Rises with each change.
    let generation = Atomic<Int>(0)
    private let logger: Logger
    private let state: Mutex<State>
    private let looks: AsyncStream<Void>
    private let request: AsyncStream<Void>.Continuation

    private struct State {
        var sources: [Source]
        var set: KeySet
        var watch: ChangeWatch
        /// Whether files are read at the next look even if they look the same, and all that is fetched is.
        var isAsked = false
        /// Who waits for the next fetch, because of a key that nobody knows yet.
        var waiting: [Waiter] = []
        /// Who waits for the fetch that is under way; nil while there is none.
        var joined: [Waiter]?
        /// What all of them hold.
        var heldBytes = 0
        var isFetchWanted = false
        /// Whether nothing is fetched any more.
        var isOver = false

        /// Gives back what requests held that wait no longer.
        mutating func release(_ waiters: [Waiter]) -> [Waiter] {
            for waiter in waiters { heldBytes -= waiter.bytes }
            return waiters
        }
        /// When a key that nobody knew was last looked for.
        var lastSearch: Milliseconds?
        var nextFetch: Milliseconds = 0
    }

    /// A request that waits.
    private struct Waiter: Sendable {
        let bytes: Int
        let proceed: @Sendable () -> Void
    }

    private struct Source {
        let origin: KeySource
        /// Nil as long as they could not be had.
        var keys: SourceKeys?
        var complaint: String?
    }

    /// How often it looks whether files have changed.
    private static let period: Duration = .seconds(2)
    /// What is fetched is fetched again after so long, or so soon if that failed.
    private static let refetch: Milliseconds = 5 * 60_000
    private static let retry: Milliseconds = 10_000
    /// A key that nobody knows is looked for at most so often.
    private static let searchPause: Milliseconds = 10_000
    /// So many requests may wait for a search.
    private static let mostWaiting = 1000
    private static let mostHeldBytes = 16 << 20

    /// Reads the files; what is fetched comes when it runs.
    ///
    /// - Throws: `KeySourceError` when a file cannot be used.
    init(_ sources: [KeySource], _ logger: Logger) throws(KeySourceError) {
        self.logger = logger
        (looks, request) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        // Looked at before they are read: what changes meanwhile is noticed.
        let watch = ChangeWatch(Self.stamps(of: sources))
        var list: [Source] = []
        for origin in sources {
            var source = Source(origin: origin)
            if let path = origin.path { source.keys = try origin.readFile(path) }
            list.append(source)
        }
        state = Mutex(State(sources: list, set: Self.set(of: list), watch: watch))
        for origin in sources where origin.isUnprotected {
            logger.write(
                .warning, "keys are fetched over http: whoever is on the way can put in theirs", ["jwks": origin.name])
        }
        for source in list {
            // Public keys are for all to read.
            guard let path = source.origin.path, source.keys?.keys.contains(where: \.canSign) == true,
                PrivateFile.isOpenToAll(path)
            else { continue }
            logger.write(.warning, "anybody on this machine may read a key", ["key": path])
        }
    }

    /// The keys, and which generation they are.
    var keys: (set: KeySet, generation: Int) {
        state.withLock { ($0.set, generation.load(ordering: .relaxed)) }
    }

    /// Whether keys that are to be fetched have not come yet.
    var isIncomplete: Bool { state.withLock { $0.sources.contains { $0.keys == nil } } }

    /// Looks for a key that nobody knows, where keys are fetched: soon, or not at all if that was just done.
    ///
    /// - Parameters:
    ///   - now: the time.
    ///   - bytes: how many are held meanwhile.
    ///   - proceed: is called when it was looked for, whether it was found or not; on any thread.
    /// - Returns: whether `proceed` will be called.
    func search(at now: Milliseconds, holding bytes: Int, _ proceed: @escaping @Sendable () -> Void) -> Bool {
        let isWaiting = state.withLock { state in
            guard !state.isOver, state.sources.contains(where: { $0.origin.path == nil }),
                state.waiting.count + (state.joined?.count ?? 0) < Self.mostWaiting,
                state.heldBytes + bytes <= Self.mostHeldBytes
            else { return false }
            // Keys that have never come are being fetched anyway.
            let isOnItsWay =
                state.sources.contains { $0.keys == nil } && (state.joined != nil || now >= state.nextFetch)
            if !isOnItsWay, !state.isFetchWanted {
                if let last = state.lastSearch, now - last < Self.searchPause { return false }
                state.lastSearch = now
                state.isFetchWanted = true
            }
            state.heldBytes += bytes
            let waiter = Waiter(bytes: bytes, proceed: proceed)
            // What is under way may have been asked for before there was such a key.
            if isOnItsWay, state.joined != nil { state.joined?.append(waiter) } else { state.waiting.append(waiter) }
            return true
        }
        if isWaiting { request.yield() }
        return isWaiting
    }

    /// Has all keys read and fetched at once, on any thread.
    func readNow() {
        state.withLock { $0.isAsked = true }
        request.yield()
    }

    /// Looks again and again, until its task is cancelled.
    func run() async {
        let isFetching = state.withLock { $0.sources.contains { $0.origin.path == nil } }
        guard isFetching else { return await look(nil) }
        var options = HTTPClient.Options()
        options.connectTimeout = .seconds(3)
        // Where keys are from is said by who runs the hub, and by nobody else.
        options.maxRedirects = 0
        do {
            try await withHTTPClient(options) { client in await look(client) }
        } catch {
            logger.write(.error, "keys cannot be fetched", ["reason": "\(error)"])
            await look(nil)
        }
    }

    private func look(_ client: HTTPClient?) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [request] in
                repeat { request.yield() } while (try? await Task.sleep(for: Self.period)) != nil
            }
            for await _ in looks {
                let isAsked = state.withLock { state in
                    defer { state.isAsked = false }
                    return state.isAsked
                }
                readFiles(isAsked: isAsked)
                if let client { await fetch(by: client, isAsked: isAsked) }
            }
        }
        // Nobody else would answer them.
        let left = state.withLock { state in
            state.isOver = true
            defer { (state.waiting, state.joined) = ([], nil) }
            return state.release(state.waiting + (state.joined ?? []))
        }
        for waiter in left { waiter.proceed() }
    }

    private func readFiles(isAsked: Bool) {
        let origins = state.withLock { $0.sources.map(\.origin) }
        let stamps = Self.stamps(of: origins)
        guard state.withLock({ $0.watch.look(stamps, isAsked: isAsked) }) else { return }
        for (index, origin) in origins.enumerated() {
            guard let path = origin.path else { continue }
            take(Result { () throws(KeySourceError) in try origin.readFile(path) }, at: index, isAsked: isAsked)
        }
    }

    private func fetch(by client: HTTPClient, isAsked: Bool) async {
        let now = Process.uptime
        let origins: [KeySource]? = state.withLock { state in
            guard state.isFetchWanted || isAsked || now >= state.nextFetch else { return nil }
            (state.joined, state.waiting, state.isFetchWanted) = (state.waiting, [], false)
            return state.sources.map(\.origin)
        }
        guard let origins else { return }
        var isFailed = false
        for (index, origin) in origins.enumerated() {
            guard case .url(let url) = origin else { continue }
            let result: Result<SourceKeys, KeySourceError>
            do throws(KeySourceError) {
                result = .success(try await origin.fetch(url, by: client))
            } catch {
                result = .failure(error)
                isFailed = true
            }
            if Task.isCancelled { break }
            take(result, at: index, isAsked: isAsked)
        }
        let joined = state.withLock { state in
            defer { state.joined = nil }
            state.nextFetch = Process.uptime + (isFailed ? Self.retry : Self.refetch)
            return state.release(state.joined ?? [])
        }
        for waiter in joined { waiter.proceed() }
    }

    private func take(_ result: Result<SourceKeys, KeySourceError>, at index: Int, isAsked: Bool) {
        switch result {
        case .success(let keys):
            let (name, isNew) = state.withLock { state in
                let isNew = state.sources[index].keys?.digest != keys.digest
                state.sources[index].complaint = nil
                if isNew {
                    state.sources[index].keys = keys
                    state.set = Self.set(of: state.sources)
                    generation.add(1, ordering: .releasing)
                }
                return (state.sources[index].origin.name, isNew)
            }
            if isNew {
                logger.write(
                    .info, "tokens are verified with new keys", ["keys": name, "count": String(keys.keys.count)])
            } else if isAsked {
                logger.write(.info, "the keys were read again, and are the same", ["keys": name])
            }
        case .failure(let error):
            let isNew = state.withLock { state in
                defer { state.sources[index].complaint = error.description }
                return state.sources[index].complaint != error.description
            }
            if isNew || isAsked {
                logger.write(.error, "new keys cannot be had; the old ones stay", ["reason": error.description])
            }
        }
    }

    private static func stamps(of sources: [KeySource]) -> [FileStamp?] {
        sources.compactMap(\.path).map { FileStamp($0) }
    }

    private static func set(of sources: [Source]) -> KeySet { KeySet(sources.flatMap { $0.keys?.keys ?? [] }) }
}
