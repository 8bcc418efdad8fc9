// One request and its response, between a reader's task and the curl thread. It holds what both touch, under one lock,
// and resumes a continuation only outside of it. It knows no handle of libcurl.

internal import Synchronization

/// The meeting place of one reader and the curl thread.
final class Transfer: Sendable {
    struct Head: Sendable {
        var status: Int
        var fields: [HTTPClient.Field]
    }

    let request: HTTPClient.Request
    let options: HTTPClient.Options
    private let thread: CurlThread
    private let state = Mutex(State())

    fileprivate typealias HeadResult = Result<Head, HTTPClientError>
    fileprivate typealias ChunkResult = Result<[UInt8]?, HTTPClientError>

    fileprivate typealias HeadWaiter = CheckedContinuation<HeadResult, Never>
    fileprivate typealias ChunkWaiter = CheckedContinuation<ChunkResult, Never>
    fileprivate typealias Waiters = (head: HeadWaiter?, chunk: ChunkWaiter?)

    fileprivate struct State {
        var head: Head?
        var buffer: [UInt8] = []
        /// libcurl was told to stop reading the socket; whoever empties the buffer has it go on.
        var isPaused = false
        /// Set once; nothing of libcurl refers to this transfer much longer.
        var outcome: Result<Void, HTTPClientError>?
        var headWaiter: HeadWaiter?
        var chunkWaiter: ChunkWaiter?
    }

    init(request: HTTPClient.Request, options: HTTPClient.Options, thread: CurlThread) {
        self.request = request
        self.options = options
        self.thread = thread
    }
}

// MARK: - The reader's side

extension Transfer {
    /// Starts the transfer and waits for the response's head. Called once.
    func head() async throws(HTTPClientError) -> Head {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: HeadWaiter) in
                let failure: HTTPClientError? = state.withLock { state in
                    if case .failure(let error) = state.outcome { return error }
                    state.headWaiter = waiter
                    return nil
                }
                if let failure {
                    waiter.resume(returning: .failure(failure))
                } else {
                    thread.post(.start(self))
                }
            }
        } onCancel: {
            end(with: HTTPClientError(.cancelled, "the request was cancelled"))
        }
        return try result.get()
    }

    /// What has come of the body since the last call, or `nil` at its end.
    func nextChunk() async throws(HTTPClientError) -> [UInt8]? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: ChunkWaiter) in
                var resumes = false
                let ready: ChunkResult? = state.withLock { state in
                    precondition(state.chunkWaiter == nil, "a body has one reader at a time")
                    if !state.buffer.isEmpty {
                        resumes = state.isPaused
                        state.isPaused = false
                        return .success(state.takeBuffer())
                    }
                    if let outcome = state.outcome { return outcome.map { nil } }
                    state.chunkWaiter = waiter
                    return nil
                }
                if resumes { thread.post(.resume(self)) }
                if let ready { waiter.resume(returning: ready) }
            }
        } onCancel: {
            end(with: HTTPClientError(.cancelled, "the request was cancelled"))
        }
        return try result.get()
    }

    /// Ends the transfer from the reader's side: drops what waits, and has libcurl close the connection.
    func end(with error: HTTPClientError) {
        let wasRunning = state.withLock { state in
            // A body that was not read to its end must not look as if it had been.
            if !state.buffer.isEmpty, state.outcome != nil { state.outcome = .failure(error) }
            state.buffer = []
            return state.outcome == nil
        }
        guard wasRunning else { return }
        finish(.failure(error))
        thread.post(.cancel(self))
    }
}

extension Transfer.State {
    fileprivate mutating func takeBuffer() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        return taken
    }
}

// MARK: - The curl thread's side

extension Transfer {
    var hasEnded: Bool { state.withLock { $0.outcome != nil } }

    /// Hands the head to the reader.
    func receive(_ head: Head) {
        let waiter = state.withLock { state in
            state.head = head
            return state.headWaiter.take()
        }
        waiter?.resume(returning: .success(head))
    }

    /// Keeps or hands over bytes of the body; `false` when the reader is behind: libcurl must keep them and pause.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var handOver: (waiter: ChunkWaiter, chunk: [UInt8])?
        let isTaken = state.withLock { state in
            if let waiter = state.chunkWaiter.take() {
                handOver = (waiter, Array(bytes))
                return true
            }
            // A piece larger than the whole buffer is taken when nothing else waits, else it would never be.
            guard state.buffer.isEmpty || state.buffer.count + bytes.count <= options.bodyBuffer else {
                state.isPaused = true
                return false
            }
            state.buffer.append(contentsOf: bytes)
            return true
        }
        handOver?.waiter.resume(returning: .success(handOver?.chunk))
        return isTaken
    }

    /// Records how the transfer ended, the first time; bytes that wait are still read before it is told.
    func finish(_ outcome: Result<Void, HTTPClientError>) {
        let waiters: Waiters = state.withLock { state in
            guard state.outcome == nil else { return (nil, nil) }
            state.outcome = outcome
            return (state.headWaiter.take(), state.chunkWaiter.take())
        }
        waiters.chunk?.resume(returning: outcome.map { nil })
        guard let waiter = waiters.head else { return }
        switch outcome {
        case .failure(let error): waiter.resume(returning: .failure(error))
        case .success: waiter.resume(returning: .failure(HTTPClientError(.invalidResponse, "an answer without a head")))
        }
    }
}
