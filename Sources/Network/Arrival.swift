// Owns a connection from the moment in which it is taken in until a table has it. Must never lose its descriptor, nor
// be counted when it is gone, whichever worker ends meanwhile.

import Synchronization
import TLS

/// A connection on its way into a table, perhaps another worker's. If no table takes it, it is closed.
final class Arrival: Sendable {
    private let fd: Int32
    private let isTaken = Atomic<Bool>(false)
    /// The worker that it is placed with, and counted for.
    let worker: Int
    /// Whether there are more connections than allowed.
    let isSurplus: Bool
    /// What it shows over TLS; nil if it speaks in clear.
    let credentials: Credentials?
    private let balance: LoadBalance
    private let counter: ConnectionCounter

    /// Counts a connection that a worker was given.
    init(
        _ fd: Int32, showing credentials: Credentials? = nil, givenTo worker: Int, balance: LoadBalance,
        counter: ConnectionCounter
    ) {
        self.fd = fd
        self.credentials = credentials
        self.balance = balance
        self.counter = counter
        isSurplus = counter.add()
        self.worker = balance.place(givenTo: worker)
    }

    deinit {
        if isTaken.load(ordering: .relaxed) { return }
        closeDescriptor(fd)
        counter.remove()
        balance.release(from: worker)
    }

    /// The descriptor, which is the taker's from now on, and so is the counting down.
    func take() -> Int32 {
        isTaken.store(true, ordering: .relaxed)
        return fd
    }
}
