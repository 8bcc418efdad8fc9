// Owns what waits for one thread. Must never drop or reorder a letter.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Letters for one thread, which sleeps while there are none.
final class Mailbox<Letter: Sendable>: @unchecked Sendable {
    // SAFETY: `letters` and `isClosed` are touched with the lock held only. Lock and condition are C's, do not move, and
    // are freed when nobody can reach them any more.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let arrived: UnsafeMutablePointer<pthread_cond_t>
    private var letters: [Letter] = []
    private var isClosed = false
    /// How much the letters weigh together.
    private var weight = 0
    /// From which weight on the thread is woken: for those that it has it need not be.
    private var wakingWeight = 1

    init() {
        lock = .allocate(capacity: 1)
        arrived = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        #if canImport(Glibc)
            // Nobody waits longer because people set their clock.
            var traits = pthread_condattr_t()
            pthread_condattr_init(&traits)
            pthread_condattr_setclock(&traits, CLOCK_MONOTONIC)
            pthread_cond_init(arrived, &traits)
            pthread_condattr_destroy(&traits)
        #else
            pthread_cond_init(arrived, nil)
        #endif
    }

    deinit {
        pthread_cond_destroy(arrived)
        pthread_mutex_destroy(lock)
        arrived.deallocate()
        lock.deallocate()
    }

    /// Puts a letter of some weight, at least 1, in. Tells whether it will be read: not once the box is closed.
    @discardableResult
    func put(_ letter: Letter, weight: Int = 1) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if isClosed { return false }
        letters.append(letter)
        let before = self.weight
        self.weight += weight
        if before < wakingWeight, self.weight >= wakingWeight { pthread_cond_signal(arrived) }
        return true
    }

    /// How much those letters weigh that have come.
    var present: Int {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return weight
    }

    /// Takes no more letters. Those that are in it can be read.
    func close() {
        pthread_mutex_lock(lock)
        isClosed = true
        pthread_cond_signal(arrived)
        pthread_mutex_unlock(lock)
    }

    /// Waits until there are letters, and takes them all; none when the box is closed and empty.
    func take() -> [Letter]? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while letters.isEmpty {
            if isClosed { return nil }
            pthread_cond_wait(arrived, lock)
        }
        return takeAll()
    }

    /// Takes all letters there are.
    func takeNow() -> [Letter] {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return takeAll()
    }

    /// Waits until what has come has some weight, for so many nanoseconds at most, and takes it. The thread is not woken
    /// before.
    func take(weighing enough: Int, within patience: Int) -> [Letter] {
        let deadline = MonotonicTime.now + patience
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        wakingWeight = enough
        defer { wakingWeight = 1 }
        while !isClosed, weight < enough {
            let left = deadline - MonotonicTime.now
            if left <= 0 { break }
            #if canImport(Glibc)
                var time = timespec(tv_sec: deadline / 1_000_000_000, tv_nsec: deadline % 1_000_000_000)
                pthread_cond_timedwait(arrived, lock, &time)
            #else
                var time = timespec(tv_sec: left / 1_000_000_000, tv_nsec: left % 1_000_000_000)
                pthread_cond_timedwait_relative_np(arrived, lock, &time)
            #endif
        }
        return takeAll()
    }

    private func takeAll() -> [Letter] {
        let taken = letters
        letters = []
        weight = 0
        letters.reserveCapacity(taken.count)
        return taken
    }
}
