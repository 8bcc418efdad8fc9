// Owns the bond between a server's handle and the server while it runs. Must never keep anything of a server that has
// ended: programs keep their handles.

import Hub
import Settings
import Synchronization
import Workers

/// What a server's handle stands for: nothing yet, a server that runs, or one that has ended.
final class HubBinding: Sendable {
    private let state = Mutex(State())

    private struct State {
        var phase = Phase.idle
        /// How often the server was run.
        var runs = 0
        /// Who waits until it is ready.
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var tickets = 0
        /// What is to be begun once it is ready.
        var works: [BackgroundWork] = []
    }

    private enum Phase {
        /// It was never run.
        case idle
        /// It is about to be ready.
        case starting
        case running(HubRun, BackgroundWorks)
        case ended
    }

    // MARK: - The server's side

    /// The server is about to run.
    ///
    /// - Returns: which of its runs this is, for `end`.
    /// - Throws: `ServerError` if it runs already.
    func begin() throws(ServerError) -> Int {
        let run: Int? = state.withLock { state in
            switch state.phase {
            case .idle, .ended:
                state.phase = .starting
                state.runs += 1
                return state.runs
            case .starting, .running: return nil
            }
        }
        guard let run else {
            throw ServerError("the server runs already: make another, or wait until run() has returned")
        }
        return run
    }

    /// The server is ready.
    ///
    /// - Parameter start: the id at which the log stood when it became so.
    func bind(_ core: HubCore, _ works: BackgroundWorks, start: String) {
        let (waiting, pending) = state.withLock { state in
            state.phase = .running(HubRun(number: state.runs, core: core, start: start), works)
            let taken = (state.waiting.values, state.works)
            state.waiting = [:]
            state.works = []
            return taken
        }
        for work in pending { works.add(work, isLasting: false) }
        for continuation in waiting { continuation.resume() }
    }

    /// A run of the server has ended, or could not be started. Who reads from it is told. Once it has ended another may have
    /// begun, which this is not for.
    func end(_ run: Int) {
        let (waiting, core) = state.withLock { state -> ([CheckedContinuation<Void, Never>], HubCore?) in
            guard state.runs == run else { return ([], nil) }
            let waiting = Array(state.waiting.values)
            var core: HubCore?
            if case .running(let run, _) = state.phase { core = run.core }
            state.phase = .ended
            state.waiting = [:]
            return (waiting, core)
        }
        for continuation in waiting { continuation.resume() }
        core?.lookout.close()
    }

    // MARK: - The handles' side

    /// The server that runs, if one does.
    var present: HubRun? {
        state.withLock { state in
            if case .running(let run, _) = state.phase { return run }
            return nil
        }
    }

    /// The server in one of its runs, if it is in that.
    func present(_ number: Int?) -> HubRun? {
        guard let present, present.number == number else { return nil }
        return present
    }

    /// The server in one of its runs; in any if that is nil, and then this waits until it is ready.
    ///
    /// - Throws: `Hub.Failure` of the codes `.stopped` and `.cancelled`.
    func run(_ number: Int?) async throws(Hub.Failure) -> HubRun {
        guard let number else { return try await run() }
        guard let run = present(number) else { throw .stopped }
        return run
    }

    /// The server that runs; waits until there is one.
    ///
    /// - Throws: `Hub.Failure` of the codes `.stopped` and `.cancelled`.
    func run() async throws(Hub.Failure) -> HubRun {
        while true {
            let (run, isOver) = state.withLock { state -> (HubRun?, Bool) in
                switch state.phase {
                case .running(let run, _): (run, false)
                case .ended: (nil, true)
                case .idle, .starting: (nil, false)
                }
            }
            if let run { return run }
            if isOver { throw .stopped }
            if Task.isCancelled { throw .cancelled }
            await change()
        }
    }

    /// Has some work done while the server runs.
    func add(_ work: @escaping BackgroundWork) {
        let works = state.withLock { state -> BackgroundWorks? in
            if case .running(_, let works) = state.phase { return works }
            state.works.append(work)
            return nil
        }
        works?.add(work, isLasting: false)
    }

    /// Waits until the server is ready or has ended, or the task is cancelled.
    private func change() async {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state in
                    switch state.phase {
                    case .running, .ended: return false
                    case .idle, .starting: break
                    }
                    // Under the lock, so that whoever cancels either is seen here or finds the ticket.
                    if Task.isCancelled { return false }
                    state.waiting[ticket] = continuation
                    return true
                }
                if !isWaiting { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }
}

/// One run of a server.
struct HubRun: Sendable {
    /// Which one; a reader must not go on in another.
    let number: Int
    let core: HubCore
    /// The id at which the log stood when the server was ready.
    let start: String
}
