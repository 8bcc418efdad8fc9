// Owns the bytes of a request's body between the connection on which they come and whoever reads them, on whatever thread
// that is. Must never hold more than its connection lets in, nor leave a reader waiting when nothing will come.

package import HTTPMessage
import Synchronization
import TimerWheel

/// A body that is read while it comes. Its connection's side is in the extension for that.
package final class IncomingBody: @unchecked Sendable {
    // SAFETY: what both sides use is behind the lock; all else is touched on the thread of `loop`, which the reader's side
    // reaches by its mailbox.
    let loop: EventLoop
    /// How many bytes it has, if the client said so.
    package let length: Int?
    private let shared: Mutex<Shared>

    // MARK: - The connection's own

    /// What it comes on; nil once the two have parted.
    var source: Carrier?
    /// What came and is not handed over yet, within one call.
    var staged: [UInt8] = []
    /// How many bytes have come.
    var came = 0
    /// Whether more is to come, wanted or not.
    var isOpen = true
    /// Whether nobody wants what is still to come.
    var isAbandoned = false
    /// How many bytes are held, as far as the connection knows, and as the table counts them.
    var held = 0
    /// Bytes by which the window of an HTTP/2 connection stays narrower as long as they are held.
    var withheld = 0
    /// How many bytes readers had had when that was last looked at.
    private var seenTaken = 0

    /// - Parameter awaitsContinue: whether the client waits to be told that its body is wanted.
    init(on source: Carrier, loop: EventLoop, length: Int?, awaitsContinue: Bool) {
        self.source = source
        self.loop = loop
        self.length = length
        shared = Mutex(Shared(awaitsContinue: awaitsContinue))
    }

    /// What a reader gets at a time: some bytes; none after the last; or a reason why there are no more.
    typealias Step = Result<[UInt8]?, Failure>

    /// Why a body cannot be read to its end.
    package enum Failure: Error, Sendable, Equatable {
        /// It is not what HTTP allows.
        case malformed(MessageError)
        /// It has more bytes than the reader takes.
        case tooLarge(Int)
        /// The client did not send it in time.
        case tooSlow
        /// The client is gone, or has had its answer.
        case gone
        /// The reader's task was cancelled; another may read on.
        case cancelled
        /// Two read it at a time.
        case readTwice
    }

    /// What is behind the lock.
    private struct Shared {
        var bytes: [UInt8] = []
        /// How it ended, once it has: nil for as it should.
        var end: Failure??
        var waiter: Waiter?
        /// Counts the waits, so that a task that is cancelled ends its own.
        var waits = 0
        var waitsSince: Milliseconds = 0
        /// How long readers have waited, but for the present one.
        var waited: Milliseconds = 0
        /// How many bytes readers have had.
        var taken = 0
        /// Those of them that the connection does not know of.
        var untold = 0
        /// Whether a letter to the loop is on its way.
        var isTelling = false
        var awaitsContinue: Bool
        var isContinueWanted = false
        /// Called when it fails.
        var onFailure: (@Sendable () -> Void)?

        init(awaitsContinue: Bool) { self.awaitsContinue = awaitsContinue }

        /// What there is for a reader now; nil if it has to wait.
        mutating func step(upTo limit: Int) -> Step? {
            if case .some(.some(let failure)) = end { return .failure(failure) }
            if bytes.count > limit - taken { return .failure(.tooLarge(limit)) }
            if bytes.isEmpty { return end == nil ? nil : .success(nil) }
            var some: [UInt8] = []
            swap(&some, &bytes)
            taken += some.count
            untold += some.count
            return .success(some)
        }

        /// - Returns: whether the loop has to be told.
        mutating func beginTelling() -> Bool {
            guard untold > 0 || isContinueWanted, !isTelling else { return false }
            isTelling = true
            return true
        }
    }

    private struct Waiter {
        let number: Int
        let limit: Int
        let continuation: CheckedContinuation<Step, Never>
    }

    // MARK: - The reader's side, on any thread

    /// The next bytes, as many as there are; nil after the last ones.
    ///
    /// - Parameter limit: how many bytes it may have in all.
    package func next(upTo limit: Int) async throws(Failure) -> [UInt8]? {
        if let length, length > limit { throw .tooLarge(limit) }
        let (step, number, isTelling) = shared.withLock { shared in
            let step: Step? = shared.waiter == nil ? shared.step(upTo: limit) : .failure(.readTwice)
            if step == nil, shared.awaitsContinue { shared.isContinueWanted = true }
            shared.waits += 1
            return (step, shared.waits, shared.beginTelling())
        }
        if isTelling { tell() }
        if let step { return try step.get() }
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { wait(Waiter(number: number, limit: limit, continuation: $0)) }
        } onCancel: {
            stopWaiting(number)
        }.get()
    }

    private func wait(_ waiter: Waiter) {
        let (step, isTelling) = shared.withLock { shared -> (Step?, Bool) in
            if shared.waiter != nil { return (.failure(.readTwice), false) }
            if let step = shared.step(upTo: waiter.limit) { return (step, shared.beginTelling()) }
            shared.waiter = waiter
            shared.waitsSince = Process.uptime
            return (nil, false)
        }
        if isTelling { tell() }
        if let step { waiter.continuation.resume(returning: step) }
        // Who was cancelled before it waited was told too early.
        if step == nil, Task.isCancelled { stopWaiting(waiter.number) }
    }

    private func stopWaiting(_ number: Int) {
        let waiter = shared.withLock { shared -> Waiter? in
            guard shared.waiter?.number == number else { return nil }
            shared.waited += Process.uptime - shared.waitsSince
            return shared.waiter.take()
        }
        waiter?.continuation.resume(returning: .failure(.cancelled))
    }

    /// How many bytes readers have had.
    package var taken: Int { shared.withLock(\.taken) }

    /// Whether readers have had more since this was last asked, by the connection.
    func hasMoved() -> Bool {
        let before = seenTaken
        seenTaken = taken
        return seenTaken != before
    }

    /// Why nothing more comes, if that is so.
    package var failure: Failure? { shared.withLock { $0.end ?? nil } }

    /// Has something done, once, if the body fails: the client is gone or too slow, or breaks a rule.
    package func onFailure(_ action: @escaping @Sendable () -> Void) {
        let hasFailed = shared.withLock { shared in
            if case .some(.some) = shared.end { return true }
            if shared.end == nil { shared.onFailure = action }
            return false
        }
        if hasFailed { action() }
    }

    /// Nobody will read it any more.
    package func letGo() { loop.submit { self.abandon() } }

    /// Has the connection hear of what was taken. One that has ended knows already.
    private func tell() { loop.submit { self.settle() } }

    // MARK: - The connection's side of the lock

    /// Hands over what is staged.
    ///
    /// - Returns: how many bytes a reader took at once, and how many are held.
    func handOver() -> (taken: Int, held: Int) {
        var some: [UInt8] = []
        swap(&some, &staged)
        let (waiter, step, count) = shared.withLock { shared -> (Waiter?, Step?, (Int, Int)) in
            if shared.bytes.isEmpty { shared.bytes = some } else { shared.bytes += some }
            // Whoever sends need not be told to.
            (shared.awaitsContinue, shared.isContinueWanted) = (false, false)
            guard let waiter = shared.waiter, let step = shared.step(upTo: waiter.limit) else {
                return (nil, nil, (0, shared.bytes.count))
            }
            shared.waiter = nil
            shared.waited += Process.uptime - shared.waitsSince
            // What was taken here need not be told.
            let taken = shared.isTelling ? 0 : shared.untold
            if !shared.isTelling { shared.untold = 0 }
            return (waiter, step, (taken, shared.bytes.count))
        }
        if let step { waiter?.continuation.resume(returning: step) }
        return count
    }

    /// Ends it, and throws away what is held unless it ends as it should.
    func conclude(_ failure: Failure?) {
        let (waiter, step, action) = shared.withLock { shared -> (Waiter?, Step?, (@Sendable () -> Void)?) in
            guard shared.end == nil else { return (nil, nil, nil) }
            shared.end = .some(failure)
            if failure != nil { shared.bytes = [] }
            let action = shared.onFailure.take()
            guard let waiter = shared.waiter.take() else { return (nil, nil, action) }
            return (waiter, shared.step(upTo: waiter.limit), action)
        }
        if let step { waiter?.continuation.resume(returning: step) }
        if failure != nil { action?() }
    }

    /// What the connection has not heard yet: how many bytes were taken, how many are left, and whether the client is to be
    /// told that its body is wanted.
    func takeNews() -> (taken: Int, held: Int, isContinueWanted: Bool) {
        shared.withLock { shared in
            shared.isTelling = false
            let news = (shared.untold, shared.bytes.count, shared.isContinueWanted)
            shared.untold = 0
            if shared.isContinueWanted { (shared.isContinueWanted, shared.awaitsContinue) = (false, false) }
            return news
        }
    }

    /// Whether the client waits to be told that its body is wanted.
    var awaitsContinue: Bool { shared.withLock(\.awaitsContinue) }

    /// How much longer a reader will wait for the client at most: not at all if it is 0 or less; nil if none waits. The
    /// client's time stands still while nobody asks.
    func patience(_ limits: ConnectionLimits, at now: Milliseconds) -> Milliseconds? {
        shared.withLock { shared in
            guard shared.waiter != nil else { return nil }
            let waiting = max(0, now - shared.waitsSince)
            let allowed = limits.body + came / limits.bodyBytesPerMillisecond
            return min(limits.stall - waiting, allowed - shared.waited - waiting)
        }
    }
}
