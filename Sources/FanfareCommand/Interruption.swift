// Ctrl-C and SIGTERM as cancellation of a task.

internal import Dispatch

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Runs `body` on the main thread until it ends, or cancels it at the first SIGINT or SIGTERM; a second one ends the process.
///
/// - Returns: whether it was interrupted.
func cancelledBySignals(
    _ body: @escaping @MainActor @Sendable () async throws(CommandError) -> Void
) async throws(CommandError) -> Bool {
    let (signals, continuation) = AsyncStream<Int32>.makeStream()
    let sources = [SIGINT, SIGTERM].map { number in
        // The default would end the process before the source hears of it.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { continuation.yield(number) }
        source.activate()
        return source
    }
    defer { for source in sources { source.cancel() } }

    let work = Task { @MainActor () -> CommandError? in
        do throws(CommandError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }
    let watcher = Task.detached {
        var wasInterrupted = false
        for await number in signals {
            // The work may hang in a write that nobody takes: then the second signal must do.
            if wasInterrupted { _exit(128 + number) }
            wasInterrupted = true
            work.cancel()
        }
        return wasInterrupted
    }
    let failure = await work.value
    continuation.finish()
    let wasInterrupted = await watcher.value
    if let failure, !wasInterrupted || failure.code == .outputClosed { throw failure }
    return wasInterrupted
}
