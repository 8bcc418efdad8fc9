// Owns the keys that verify tokens, and the change from one set to the next. Must never give up keys that work for a source
// that fails.

package import Authorization
import HTTPClient
import PrivateFiles
package import Synchronization
package import TimerWheel

/// A server's keys, which may be replaced while it runs.
package final class KeyRing: Sendable {
    /// Rises with each change.
    package let generation = Atomic<Int>(0)
    /// Whether keys are fetched, so that there may be others than are known.
    package let isFetching: Bool
    private let now: @Sendable () -> Milliseconds
    private let tell: @Sendable (KeyNotice) -> Void
    private let state: Mutex<State>
    private let patrol = Patrol()

    private struct State {
        var sources: [Source]
        var set: KeySet
        var watch: ChangeWatch
        var search = KeySearch()
        /// Tokens of keys that were looked for in vain, and when.
        var missed: [SHA256Digest: Milliseconds] = [:]
        /// When files are read again that could not be used, though they look the same: the reason may pass.
        var nextTry: Milliseconds?
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
    /// How long after files could not be used they are tried again.
    private static let patience: Milliseconds = 60_000

    /// Reads the files; what is fetched comes when it runs.
    ///
    /// - Parameters:
    ///   - sources: where the keys are.
    ///   - now: tells the time, on the clock that never steps back.
    ///   - tell: is told what an operator should know; on any thread.
    /// - Throws: `KeySourceError` when a file cannot be used.
    package init(
        _ sources: [KeySource], now: @escaping @Sendable () -> Milliseconds,
        tell: @escaping @Sendable (KeyNotice) -> Void
    ) throws(KeySourceError) {
        self.now = now
        self.tell = tell
        isFetching = sources.contains { $0.path == nil }
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
            tell(.unprotected(url: origin.name))
        }
        for source in list {
            // Public keys are for all to read.
            guard let path = source.origin.path, source.keys?.keys.contains(where: \.canSign) == true,
                PrivateFile.isOpenToAll(path)
            else { continue }
            tell(.readable(file: path))
        }
    }

    /// The keys, and which generation they are.
    package var keys: (set: KeySet, generation: Int) {
        state.withLock { ($0.set, generation.load(ordering: .relaxed)) }
    }

    /// Whether keys that are to be fetched have not come yet.
    package var isIncomplete: Bool { state.withLock { $0.sources.contains { $0.keys == nil } } }

    /// Has somebody told of each change, on any thread.
    package func whenChanged(_ tell: @escaping @Sendable () -> Void) { state.withLock { $0.whenChanged = tell } }

    /// Has keys fetched, and a request wait for it.
    ///
    /// - Parameter seen: the generation of the keys that do not know the request's token. If others came since, nothing is
    ///   fetched: they may know it.
    package func search(at now: Milliseconds, seen: Int, _ waiter: KeySearch.Waiter) -> KeySearch.Answer {
        guard isFetching else { return .refused }
        let answer = state.withLock { state -> KeySearch.Answer in
            guard generation.load(ordering: .relaxed) == seen else { return .changed }
            return state.search.wait(waiter, at: now) ? .waits : .refused
        }
        if answer == .waits { patrol.hurry() }
        return answer
    }

    /// Takes down that all keys were fetched, and none of them verifies a token: for a while it is not looked for again.
    package func miss(_ token: SHA256Digest, at now: Milliseconds) {
        state.withLock { state in
            if state.missed.count >= Self.mostMissed { state.missed = [:] }
            state.missed[token] = now
        }
    }

    /// Whether a token's key was looked for in vain a short while ago.
    package func isMissed(_ token: SHA256Digest, at now: Milliseconds) -> Bool {
        state.withLock { $0.missed[token].map { now - $0 < KeySearch.pause } ?? false }
    }

    /// Has all keys read and fetched at once, on any thread.
    package func readNow() { patrol.ask() }

    /// Looks again and again, until its task is cancelled.
    package func run() async {
        guard isFetching else { return await look(nil) }
        var options = HTTPClient.Options()
        options.connectTimeout = .seconds(3)
        // Where keys are from is said by who runs the hub, and by nobody else.
        options.maxRedirects = 0
        do {
            try await withHTTPClient(options) { client in await look(client) }
        } catch {
            tell(.failed("keys cannot be fetched: \(error)"))
            endSearch()
            await look(nil)
        }
    }

    private func look(_ client: HTTPClient?) async {
        await patrol.run { isAsked in
            readFiles(isAsked: isAsked)
            if let client { await fetch(by: client, isAsked: isAsked) }
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
        let present = now()
        let isDue = state.withLock { state in
            // Both are asked: a look is what a change is noticed by.
            let isChanged = state.watch.look(stamps, isAsked: isAsked)
            let isTried = state.nextTry.map { present >= $0 } ?? false
            if isChanged || isTried { state.nextTry = nil }
            return isChanged || isTried
        }
        guard isDue else { return }
        for (index, origin) in origins.enumerated() {
            guard let path = origin.path else { continue }
            take(Result { () throws(KeySourceError) in try origin.readFile(path) }, at: index, isAsked: isAsked)
        }
    }

    private func fetch(by client: HTTPClient, isAsked: Bool) async {
        let present = now()
        let origins: [KeySource]? = state.withLock { state in
            state.search.begin(at: present, isAsked: isAsked) ? state.sources.map(\.origin) : nil
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
        for (waiter, outcome) in state.withLock({ $0.search.finish(at: now(), isFailed: isFailed) }) {
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
            let (name, isNew, whenChanged) = state.withLock { state in
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
                whenChanged()
                tell(.changed(source: name, count: keys.keys.count))
            } else if isAsked {
                tell(.unchanged(source: name))
            }
        case .failure(let error):
            let again = now() + Self.patience
            let isNew = state.withLock { state in
                if state.sources[index].origin.path != nil { state.nextTry = again }
                defer { state.sources[index].complaint = error.description }
                return state.sources[index].complaint != error.description
            }
            if isNew || isAsked {
                tell(.failed(error.description))
            }
        }
    }

    private static func stamps(of sources: [KeySource]) -> [FileStamp?] {
        sources.compactMap(\.path).map { FileStamp($0) }
    }

    private static func set(of sources: [Source]) -> KeySet { KeySet(sources.flatMap { $0.keys?.keys ?? [] }) }
}
