// Owns the work that a program has done beside its routes. None of it may outlive the run of its server.

import Workers

/// Work that goes on while a server runs.
typealias BackgroundWork = @Sendable (Hub) async throws -> Void

/// The background work of one run of a server.
struct BackgroundWorks: Sendable {
    private let works: AsyncStream<Work>
    private let feed: AsyncStream<Work>.Continuation

    private struct Work: Sendable {
        let body: BackgroundWork
        /// Whether it is begun anew when it fails.
        let isLasting: Bool
    }

    init() { (works, feed) = AsyncStream.makeStream() }

    /// Begins with some work, unless the server is about to stop.
    ///
    /// - Parameter isLasting: whether it is begun anew when it fails.
    func add(_ work: @escaping BackgroundWork, isLasting: Bool) {
        feed.yield(Work(body: work, isLasting: isLasting))
    }

    /// Cancels all of it: the server is about to stop.
    func end() { feed.finish() }

    /// Does what is added, all at a time, until `end` or the task is cancelled; returns when all of it is over.
    func run(_ hub: Hub, _ logger: Logger) async {
        await withDiscardingTaskGroup { group in
            for await work in works {
                group.addTask { await Self.run(work, hub, logger) }
            }
            group.cancelAll()
        }
    }

    private static func run(_ work: Work, _ hub: Hub, _ logger: Logger) async {
        var pause = Duration.zero
        while true {
            let begun = ContinuousClock.now
            do {
                return try await work.body(hub)
            } catch {
                // That it ends because it was told to is no news.
                if Task.isCancelled, isOfTheEnd(error) { return }
                let message = "background work failed"
                guard work.isLasting, !Task.isCancelled else {
                    return logger.write(.error, message, ["error": "\(error)"])
                }
                // What has lasted for a while is not what fails again and again.
                if ContinuousClock.now - begun > longestPause { pause = .zero }
                pause = min(max(pause * 2, .seconds(1)), longestPause)
                logger.write(.error, message, ["error": "\(error)", "again": "in \(pause.components.seconds) s"])
                if (try? await Task.sleep(for: pause)) == nil { return }
            }
        }
    }

    private static var longestPause: Duration { .seconds(60) }

    private static func isOfTheEnd(_ error: any Error) -> Bool {
        if let failure = error as? Hub.Failure { return failure.code == .stopped || failure.code == .cancelled }
        return error is CancellationError
    }
}
