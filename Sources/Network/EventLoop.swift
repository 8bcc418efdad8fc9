// Owns a loop of libuv and the mailbox through which other threads reach it. Must never wait for anything but its
// sockets, timers and letters.

import CLibuv
import Synchronization
package import TimerWheel

/// A thread that waits for sockets, timers and jobs, and nothing else.
///
/// What belongs to a loop is touched on its thread only. Others reach it through its mailbox: they add to a list, and
/// wake the loop only when the list was empty.
package final class EventLoop: @unchecked Sendable {
    // SAFETY: `mailbox` and `wake` may be used from any thread (uv_async_send is made for that); all else is touched on
    // the loop's thread, and before that thread starts.
    let loop: UnsafeMutablePointer<uv_loop_t>
    private let wake: UnsafeMutablePointer<uv_async_t>
    private let check: UnsafeMutablePointer<uv_check_t>
    private let idle: UnsafeMutablePointer<uv_idle_t>
    private let timer: UnsafeMutablePointer<uv_timer_t>
    private let mailbox = Mutex(Mailbox())
    private var isSpinning = false
    /// Whether the present round does not wait because its timer has fired.
    private var isHurried = false
    private var timerDeadline: Milliseconds?
    /// Called at the end of each round, after all sockets that were ready.
    private var turn: () -> Void = {}

    private struct Mailbox {
        var letters: [Letter] = []
        var isClosed = false
    }

    /// What another thread wants done.
    private enum Letter {
        case work(@Sendable () -> Void)
        case job(UnownedJob)
    }

    /// Makes a loop; it runs once `run` is called.
    package init() throws(NetworkError) {
        (loop, wake) = try Self.makeLoop()
        check = .allocate(capacity: 1)
        idle = .allocate(capacity: 1)
        timer = .allocate(capacity: 1)
        // These three need nothing of the system, and cannot fail.
        uv_check_init(loop, check)
        uv_idle_init(loop, idle)
        uv_timer_init(loop, timer)
        for handle in [raw(wake), raw(check), raw(idle), raw(timer)] {
            uv_handle(handle).pointee.data = Unmanaged.passUnretained(self).toOpaque()
        }
        uv_check_start(check) { EventLoop.owner(of: $0).endRound() }
    }

    /// Makes what takes descriptors, all or nothing.
    private static func makeLoop() throws(NetworkError) -> (
        UnsafeMutablePointer<uv_loop_t>, UnsafeMutablePointer<uv_async_t>
    ) {
        let loop = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
        let wake = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
        var status = uv_loop_init(loop)
        if status == 0 {
            status = uv_async_init(loop, wake) { EventLoop.owner(of: $0).empty() }
            if status == 0 { return (loop, wake) }
            uv_loop_close(loop)
        }
        loop.deallocate()
        wake.deallocate()
        throw NetworkError(status, "an event loop cannot be made")
    }

    deinit {
        for handle in [raw(wake), raw(check), raw(idle), raw(timer)] { uv_close(uv_handle(handle), nil) }
        uv_run(loop, UV_RUN_DEFAULT)
        uv_loop_close(loop)
        loop.deallocate()
        wake.deallocate()
        check.deallocate()
        idle.deallocate()
        timer.deallocate()
    }

    // MARK: - On any thread

    /// Has `work` done on the loop's thread, after what was asked for before.
    ///
    /// - Returns: whether it will be; not when the loop has ended.
    @discardableResult
    package func submit(_ work: @escaping @Sendable () -> Void) -> Bool { post(.work(work)) }

    @discardableResult
    private func post(_ letter: Letter) -> Bool {
        let (isFirst, isClosed) = mailbox.withLock { mailbox in
            if mailbox.isClosed { return (false, true) }
            mailbox.letters.append(letter)
            return (mailbox.letters.count == 1, false)
        }
        if isFirst { uv_async_send(wake) }
        // A task that was left behind still has to end. It does so elsewhere: whoever wakes it here may hold a lock.
        if isClosed, case .job(let job) = letter { globalConcurrentExecutor.enqueue(job) }
        return !isClosed
    }

    /// Wakes the loop for a round.
    package func nudge() { uv_async_send(wake) }

    // MARK: - On the loop's thread

    /// The time in milliseconds, as of the start of the present round.
    package var now: Milliseconds { Int(uv_now(loop)) }

    /// Runs the loop on the present thread until `stop`.
    ///
    /// - Parameter turn: called at the end of each round.
    package func run(turn: @escaping () -> Void) {
        self.turn = turn
        uv_run(loop, UV_RUN_DEFAULT)
        self.turn = {}
        mailbox.withLock { $0.isClosed = true }
        empty()
    }

    /// Ends `run` after the present round.
    package func stop() { uv_stop(loop) }

    /// Has the next round begin at once, whether a socket is ready or not.
    package func spin(_ isWanted: Bool) {
        guard isWanted != isSpinning else { return }
        isSpinning = isWanted
        if isWanted { uv_idle_start(idle) { _ in } } else { uv_idle_stop(idle) }
    }

    /// Has a round begin at `deadline` at the latest; `nil` takes that back.
    package func setTimer(at deadline: Milliseconds?) {
        guard deadline != timerDeadline else { return }
        timerDeadline = deadline
        guard let deadline else {
            uv_timer_stop(timer)
            return
        }
        uv_timer_start(timer, { EventLoop.owner(of: $0).timerFired() }, UInt64(max(0, deadline - now)), 0)
    }

    /// Timers fire before the loop looks at its sockets, and a turn comes after that: with no timer left it would wait
    /// for a socket without end, and what the timer was for with it. So it is not to wait this once.
    private func timerFired() {
        timerDeadline = nil
        isHurried = true
        if !isSpinning { uv_idle_start(idle) { _ in } }
    }

    private func endRound() {
        if isHurried {
            isHurried = false
            if !isSpinning { uv_idle_stop(idle) }
        }
        turn()
    }

    private func empty() {
        let letters = mailbox.withLock { mailbox in
            let letters = mailbox.letters
            mailbox.letters = []
            return letters
        }
        for letter in letters {
            switch letter {
            case .work(let work): work()
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
    }

    private static func owner<Handle>(of handle: UnsafeMutablePointer<Handle>?) -> EventLoop {
        Unmanaged<EventLoop>.fromOpaque(uv_handle(raw(handle!)).pointee.data).takeUnretainedValue()
    }
}

/// Handlers of routes live on a worker's loop: their tasks run there, between its rounds.
extension EventLoop: TaskExecutor {
    package func enqueue(_ job: consuming ExecutorJob) { post(.job(UnownedJob(job))) }
}

/// A pointer to one of libuv's handles, whatever its kind.
func raw<Handle>(_ handle: UnsafeMutablePointer<Handle>) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(handle) }

/// The part that all of libuv's handles begin with.
func uv_handle(_ handle: UnsafeMutableRawPointer) -> UnsafeMutablePointer<uv_handle_t> {
    handle.assumingMemoryBound(to: uv_handle_t.self)
}
