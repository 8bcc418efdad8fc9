// Owns the threads on which one waits for the disk. They start when there is first something to do; a loop must never do it
// itself, nor wait for them.

import CLibuv
import Synchronization

/// A few threads for work that may block, which is taken up in order.
package final class BlockingThreads: @unchecked Sendable {
    // SAFETY: `semaphore` may be used from any thread, which is what it is for; all else is behind the lock.
    private let semaphore: UnsafeMutablePointer<uv_sem_t>
    private let state = Mutex(State())
    private let count: Int

    private struct State {
        // SAFETY: threads are joined by whoever takes them out of here, which happens once.
        nonisolated(unsafe) var threads: [WorkerThread] = []
        var work: [@Sendable () -> Void] = []
        /// How much of `work` is taken.
        var taken = 0
        var isStopped = false
    }

    /// - Parameter count: how many threads there are at most.
    package init(count: Int = 4) {
        self.count = count
        semaphore = .allocate(capacity: 1)
        precondition(uv_sem_init(semaphore, 0) == 0, "a semaphore needs nothing of the system")
    }

    deinit {
        uv_sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// Has something done on one of the threads. Once they have stopped, or if none can be started, it is done here and now:
    /// nobody waits for ever.
    package func submit(_ work: @escaping @Sendable () -> Void) {
        let isTaken = state.withLock { state in
            guard !state.isStopped else { return false }
            while state.threads.count < count, let thread = try? WorkerThread({ [self] in run() }) {
                state.threads.append(thread)
            }
            guard !state.threads.isEmpty else { return false }
            state.work.append(work)
            return true
        }
        if isTaken { uv_sem_post(semaphore) } else { work() }
    }

    /// Has something done on one of the threads, and waits for what comes of it.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            submit { continuation.resume(returning: work()) }
        }
    }

    /// Ends the threads once all work is done, and waits for it.
    package func stop() {
        let threads = state.withLock { state in
            state.isStopped = true
            let threads = state.threads
            state.threads = []
            return threads
        }
        for _ in threads { uv_sem_post(semaphore) }
        for thread in threads { thread.join() }
    }

    private func run() {
        while true {
            uv_sem_wait(semaphore)
            let work: (@Sendable () -> Void)? = state.withLock { state in
                guard state.taken < state.work.count else { return nil }
                let work = state.work[state.taken]
                state.taken += 1
                if state.taken == state.work.count {
                    state.work.removeAll(keepingCapacity: state.taken <= 1024)
                    state.taken = 0
                }
                return work
            }
            // There is a signal for each piece of work: one without means the end.
            guard let work else { return }
            work()
        }
    }
}
