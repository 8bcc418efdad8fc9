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

    init() {
        lock = .allocate(capacity: 1)
        arrived = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(arrived, nil)
    }

    deinit {
        pthread_cond_destroy(arrived)
        pthread_mutex_destroy(lock)
        arrived.deallocate()
        lock.deallocate()
    }

    /// Puts a letter in. Tells whether it will be read: not once the box is closed.
    @discardableResult
    func put(_ letter: Letter) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if isClosed { return false }
        letters.append(letter)
        if letters.count == 1 { pthread_cond_signal(arrived) }
        return true
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

    private func takeAll() -> [Letter] {
        let taken = letters
        letters = []
        letters.reserveCapacity(taken.count)
        return taken
    }
}
