// Owns the keys that verify tokens, and the change from one set to the next. Must never give up keys that work for a source
// that fails.

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
        var search = KeySearch()
        /// Tokens of keys that were looked for in vain, and when.
        var missed: [SHA256Digest: Milliseconds] = [:]
        /// Whether files are read at the next look even if they look the same, and all that is fetched is.
        var isAsked = false
        var whenChanged: @Sendable () -> Void = {}
    }

    private struct Source {
        let origin: KeySource
        /// Nil as long as they could not be had.
        var keys: SourceKeys?
        var complaint: String?
    }

    /// So many tokens are remembered whose keys were looked for in vain.
    private static let mostMissed = 1000
    /// How often it looks whether files have changed.
    private static let period: Duration = .seconds(2)
    /// Reads the files; what is fetched comes when it runs.
    ///
    /// - Throws: `KeySourceError` when a file cannot be used.
    init(_ sources: [KeySource], _ logger: Logger) throws(KeySourceError) {
        self.logger = logger
        isFetching = sources.contains { $0.path == nil }
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

    /// Whether keys are fetched, so that there may be others than are known.
    let isFetching: Bool

    /// Has somebody told of each change, on any thread.
    func whenChanged(_ tell: @escaping @Sendable () -> Void) { state.withLock { $0.whenChanged = tell } }

    /// Has keys fetched, and a request wait for it.
    ///
    /// - Returns: whether it waits.
    func search(at now: Milliseconds, _ waiter: KeySearch.Waiter) -> Bool {
        let isWaiting = isFetching && state.withLock { $0.search.wait(waiter, at: now) }
        if isWaiting { request.yield() }
        return isWaiting
    }

    /// Takes down that all keys were fetched, and none of them verifies a token: for a while it is not looked for again.
    func miss(_ token: SHA256Digest, at now: Milliseconds) {
        state.withLock { state in
            if state.missed.count >= Self.mostMissed { state.missed = [:] }
            state.missed[token] = now
        }
    }

    /// Whether a token's key was looked for in vain a short while ago.
    func isMissed(_ token: SHA256Digest, at now: Milliseconds) -> Bool {
        state.withLock { $0.missed[token].map { now - $0 < KeySearch.pause } ?? false }
    }

    /// Has all keys read and fetched at once, on any thread.
    func readNow() {
        state.withLock { $0.isAsked = true }
        request.yield()
    }

    /// Looks again and again, until its task is cancelled.
    func run() async {
        guard isFetching else { return await look(nil) }
        var options = HTTPClient.Options()
        options.connectTimeout = .seconds(3)
        // Where keys are from is said by who runs the hub, and by nobody else.
        options.maxRedirects = 0
        do {
            try await withHTTPClient(options) { client in await look(client) }
        } catch {
            logger.write(.error, "keys cannot be fetched", ["reason": "\(error)"])
            endSearch()
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
        endSearch()
    }

    /// Nobody else would answer those who wait.
    private func endSearch() {
        for waiter in state.withLock({ $0.search.end() }) { waiter.proceed(.undecided) }
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
            state.search.begin(at: now, isAsked: isAsked) ? state.sources.map(\.origin) : nil
        }
        guard let origins else { return }
        // Side by side: one that does not answer holds up no other.
        let isFailed = await withTaskGroup(of: Bool.self) { group in
            for (index, origin) in origins.enumerated() {
                guard case .url(let url) = origin else { continue }
                group.addTask { await self.fetch(url, of: origin, at: index, by: client, isAsked: isAsked) }
            }
            return await group.reduce(false) { $0 || !$1 }
        }
        for (waiter, outcome) in state.withLock({ $0.search.finish(at: Process.uptime, isFailed: isFailed) }) {
            waiter.proceed(outcome)
        }
    }

    /// Tells whether they came.
    private func fetch(
        _ url: String, of origin: KeySource, at index: Int, by client: HTTPClient, isAsked: Bool
    ) async -> Bool {
        do throws(KeySourceError) {
            take(.success(try await origin.fetch(url, by: client)), at: index, isAsked: isAsked)
            return true
        } catch {
            // What was broken off says nothing of the other side.
            if !Task.isCancelled { take(.failure(error), at: index, isAsked: isAsked) }
            return false
        }
    }

    private func take(_ result: Result<SourceKeys, KeySourceError>, at index: Int, isAsked: Bool) {
        switch result {
        case .success(let keys):
            let (name, isNew, tell) = state.withLock { state in
                let isNew = state.sources[index].keys?.digest != keys.digest
                state.sources[index].complaint = nil
                if isNew {
                    state.sources[index].keys = keys
                    state.set = Self.set(of: state.sources)
                    state.missed = [:]
                    generation.add(1, ordering: .releasing)
                }
                return (state.sources[index].origin.name, isNew, state.whenChanged)
            }
            if isNew {
                tell()
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
