// Owns what a program has written and the socket has not taken. Must never hold more than a little of it, nor let a
// writer wait that nobody will wake.

package import Answers
import Synchronization

/// The way from a program's task, on any thread, to the loop that serves its client.
///
/// Who writes waits while too much is held. The loop takes what there is, and says how much of that is gone.
package final class OutflowPipe: Sendable {
    /// Who holds more than this waits.
    static let mostUnsent = 64 << 10

    private let state: Mutex<State>
    private let mailbox: OutflowMailbox
    private let handle: OutflowHandle

    /// How the writing came out.
    enum Outcome: Sendable {
        case finished
        case failed(any Error)
    }

    private struct State {
        /// What the loop has not taken.
        var queued: [UInt8] = []
        /// How many bytes the loop has taken and not sent.
        var outgoing = 0
        /// How many bytes may still come, if their number was told.
        var left: Int?
        /// Who waits, the first one first.
        var waiting: [Waiter] = []
        var lastNumber = 0
        /// Whether the loop knows that there is something to take.
        var isNoted = false
        var outcome: Outcome?
        var closed: StreamCloseReason?

        var isFull: Bool { queued.count + outgoing >= OutflowPipe.mostUnsent }

        /// Why nothing can be written, if that is so.
        var refusal: StreamWriteError? {
            if let closed { return .closed(closed) }
            return outcome == nil ? nil : .closed(.ended)
        }

        mutating func takeWaiting() -> [Waiter] {
            let list = waiting
            waiting = []
            return list
        }

        /// Puts bytes in the queue, if they may come at all.
        mutating func add(_ bytes: [UInt8]) throws(StreamWriteError) {
            if let left {
                guard bytes.count <= left else {
                    let error = StreamWriteError(.wrongLength, "more is written than the length that was told")
                    outcome = .failed(error)
                    throw error
                }
                self.left = left - bytes.count
            }
            if queued.isEmpty { queued = bytes } else { queued += bytes }
        }
    }

    private struct Waiter {
        let number: Int
        let bytes: [UInt8]
        let continuation: Continuation
    }

    private typealias Continuation = CheckedContinuation<Result<Void, StreamWriteError>, Never>

    /// - Parameters:
    ///   - length: how many bytes there will be, if that was told.
    ///   - mailbox: where it is noted that there is something to take.
    ///   - handle: as which.
    init(length: Int?, notingIn mailbox: OutflowMailbox, as handle: OutflowHandle) {
        var state = State()
        state.left = length
        self.state = Mutex(state)
        self.mailbox = mailbox
        self.handle = handle
    }

    // MARK: - For writers, on any thread

    /// Writes bytes, once there is room.
    package func write(_ bytes: [UInt8]) async throws(StreamWriteError) {
        let number: Int? = try change { state throws(StreamWriteError) in
            if let refusal = state.refusal { throw refusal }
            if bytes.isEmpty { return nil }
            guard state.isFull || !state.waiting.isEmpty else {
                try state.add(bytes)
                return nil
            }
            state.lastNumber += 1
            return state.lastNumber
        }
        guard let number else { return }
        try await withTaskCancellationHandler {
            await withCheckedContinuation { wait(as: number, with: bytes, $0) }
        } onCancel: {
            cancel(number)
        }.get()
    }

    private func wait(as number: Int, with bytes: [UInt8], _ continuation: Continuation) {
        let result: Result<Void, StreamWriteError>? = change { state in
            if let refusal = state.refusal { return .failure(refusal) }
            // Who cancels the task later finds it among those who wait.
            if Task.isCancelled { return .failure(.cancelled) }
            if state.isFull || !state.waiting.isEmpty {
                state.waiting.append(Waiter(number: number, bytes: bytes, continuation: continuation))
                return nil
            }
            do throws(StreamWriteError) {
                try state.add(bytes)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        if let result { continuation.resume(returning: result) }
    }

    private func cancel(_ number: Int) {
        let waiter: Waiter? = state.withLock { state in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: place)
        }
        waiter?.continuation.resume(returning: .failure(.cancelled))
    }

    /// All is written.
    func finish() {
        end { state in
            guard let left = state.left, left > 0 else { return .finished }
            return .failed(
                StreamWriteError(.wrongLength, "\(left) bytes are missing of the length that was told"))
        }
    }

    /// Nothing more will be written, for something went wrong.
    func fail(_ error: any Error) { end { _ in .failed(error) } }

    private func end(_ outcome: (State) -> Outcome) {
        let waiting = change { state in
            if state.refusal == nil { state.outcome = outcome(state) }
            return state.takeWaiting()
        }
        for waiter in waiting { waiter.continuation.resume(returning: .failure(.closed(.ended))) }
    }

    /// Changes the state, and notes it if there is something new to take.
    private func change<Value: Sendable, Failure: Error>(_ body: (inout State) throws(Failure) -> Value) throws(Failure)
        -> Value
    {
        // What is thrown may be news too.
        let (result, isNews) = state.withLock { state in
            let result = Result { () throws(Failure) in try body(&state) }
            let isNews = !state.isNoted && state.closed == nil && (!state.queued.isEmpty || state.outcome != nil)
            if isNews { state.isNoted = true }
            return (result, isNews)
        }
        if isNews { mailbox.add(handle) }
        return try result.get()
    }

    // MARK: - For the loop

    /// Takes what was written, and how the writing came out if it is over.
    func take() -> (bytes: [UInt8], outcome: Outcome?) {
        state.withLock { state in
            state.isNoted = false
            let bytes = state.queued
            state.queued = []
            state.outgoing = bytes.count
            return (bytes, state.outcome)
        }
    }

    /// Says how many bytes of what was taken are not sent yet. Those who wait for room go on.
    ///
    /// - Returns: whether there is something to take.
    func left(_ outgoing: Int) -> Bool {
        var done: [(continuation: Continuation, result: Result<Void, StreamWriteError>)] = []
        let hasMore = state.withLock { state in
            state.outgoing = outgoing
            while !state.isFull, state.refusal == nil, let waiter = state.waiting.first {
                state.waiting.removeFirst()
                do throws(StreamWriteError) {
                    try state.add(waiter.bytes)
                    done.append((waiter.continuation, .success(())))
                } catch {
                    done.append((waiter.continuation, .failure(error)))
                }
            }
            if state.outcome != nil {
                for waiter in state.takeWaiting() { done.append((waiter.continuation, .failure(.closed(.ended)))) }
            }
            let hasMore = !state.queued.isEmpty || state.outcome != nil
            // The loop knows.
            state.isNoted = hasMore
            return hasMore
        }
        for (continuation, result) in done { continuation.resume(returning: result) }
        return hasMore
    }

    /// Takes nothing more. What was written already can still be taken.
    func close(_ reason: StreamCloseReason) {
        let waiting = state.withLock { state in
            if state.closed == nil { state.closed = reason }
            return state.takeWaiting()
        }
        for waiter in waiting { waiter.continuation.resume(returning: .failure(.closed(reason))) }
    }
}
