// Owns how many connections each worker carries, and which of them takes the next one. Must never take a lock: every
// worker looks here for every connection that it takes in.

import Synchronization

/// Spreads connections over workers where the system does not.
///
/// The system gives each new connection to one of the listeners of an address by chance, or always to the same one. A
/// worker that carries more than another hands what it was given over. Figures are read as they are at the moment; that
/// two workers look at once may cost a difference of one.
package final class LoadBalance: Sendable {
    private let seats: [Seat]

    /// A worker, as the others see it.
    private final class Seat: @unchecked Sendable {
        // SAFETY: `table` is touched on the loop's thread only; the rest may be used from any thread.
        let loop: EventLoop
        /// How many connections it carries, with those that are on their way to it.
        let load = Atomic<Int>(0)
        /// Whether it takes connections in.
        let isOpen = Atomic<Bool>(false)
        weak var table: Connections?

        init(_ loop: EventLoop) { self.loop = loop }
    }

    /// Makes a balance of workers with these loops, which are known by their index.
    package init(_ loops: [EventLoop]) { seats = loops.map(Seat.init) }

    /// Whether a worker that carries `own` connections and was given another hands it over to one that carries
    /// `least`: when it has more than a sixteenth more. Few streams are spread evenly, and of many only those are moved
    /// that chance alone would not have put there.
    package static func handsOver(own: Int, least: Int) -> Bool { own > least + least / 16 }

    // MARK: - For tables of connections

    /// A worker takes connections in, its own and others'. To be called on its thread.
    func join(_ table: Connections, as worker: Int) {
        seats[worker].table = table
        seats[worker].isOpen.store(true, ordering: .relaxed)
    }

    /// A worker takes no more connections in, but for those that are on their way to it.
    func leave(_ worker: Int) { seats[worker].isOpen.store(false, ordering: .relaxed) }

    /// How many connections a worker carries.
    func load(of worker: Int) -> Int { seats[worker].load.load(ordering: .relaxed) }

    /// Finds the worker for a connection that `own` was given, and counts it there.
    func place(givenTo own: Int) -> Int {
        var least = own
        var leastLoad = Int.max
        if seats.count > 1 {
            for (index, seat) in seats.enumerated() where seat.isOpen.load(ordering: .relaxed) {
                let load = seat.load.load(ordering: .relaxed)
                if load < leastLoad { (least, leastLoad) = (index, load) }
            }
        }
        let isHandedOver =
            least != own && Self.handsOver(own: seats[own].load.load(ordering: .relaxed), least: leastLoad)
        let worker = isHandedOver ? least : own
        seats[worker].load.add(1, ordering: .relaxed)
        return worker
    }

    /// A connection of a worker is gone.
    func release(from worker: Int) { seats[worker].load.subtract(1, ordering: .relaxed) }

    /// Sends a connection to the worker it was placed with. If that has ended, the arrival ends too.
    func send(_ arrival: Arrival) {
        let seat = seats[arrival.worker]
        seat.loop.submit { seat.table?.admit(arrival) }
    }
}
