// Owns the work that a program has done beside its routes. None of it may outlive the run of its server.

import Workers

/// Work that goes on while a server runs.
typealias BackgroundWork = @Sendable (Hub) async throws -> Void

/// The background work of one run of a server.
struct BackgroundWorks: Sendable {
    private let works: AsyncStream<BackgroundWork>
    private let feed: AsyncStream<BackgroundWork>.Continuation

    init() { (works, feed) = AsyncStream.makeStream() }

    /// Begins with some work, unless the server is about to stop.
    func add(_ work: @escaping BackgroundWork) { feed.yield(work) }

    /// Cancels all of it: the server is about to stop.
    func end() { feed.finish() }

    /// Does what is added, all at a time, until `end` or the task is cancelled; returns when all of it is over.
    func run(_ hub: Hub, _ logger: Logger) async {
        await withDiscardingTaskGroup { group in
            for await work in works {
                group.addTask {
                    do {
                        try await work(hub)
                    } catch {
                        // That it ends because it was told to is no news.
                        if Task.isCancelled, Self.isOfTheEnd(error) { return }
                        logger.write(.error, "background work failed", ["error": "\(error)"])
                    }
                }
            }
            group.cancelAll()
        }
    }

    private static func isOfTheEnd(_ error: any Error) -> Bool {
        if let failure = error as? Hub.Failure { return failure.code == .stopped || failure.code == .cancelled }
        return error is CancellationError
    }
}
