/// What kept a run from giving more.
enum Limit: String, Sendable, Equatable {
    /// The rate that was asked for.
    case rate
    /// The hub's threads, or the busiest of them, had no processor time left.
    case server
    /// This program had none left: the hub can do more than was measured.
    case client
    /// All processors of the machine were busy, with these two and others.
    case machine
    /// Nobody was busy: the network, a disk, or waiting for each other.
    case waiting
    /// Not this program. The hub's load is not known, so it may be the hub, or anything between the two.
    case elsewhere

    /// A thread that is busy for less than this part of the time is not counted among the busy ones.
    private static var busy: Double { 0.5 }
    private static var full: Double { 0.9 }

    /// Tells the limit.
    ///
    /// - Parameters:
    ///   - rate: which part of the rate asked for was reached; nil if none was.
    ///   - server: what is known of the hub's process.
    ///   - client: the part of the time that this program's one thread was busy.
    ///   - machine: the part of the time that all processors were busy; nil if unknown, or if the hub is elsewhere.
    init(rate: Double?, server: ServerLoad?, client: Double, machine: Double?) {
        if let rate, rate >= 0.95 {
            self = .rate
        } else if let server, server.busiest >= Self.full {
            self = .server
        } else if client >= Self.full {
            self = .client
        } else if let machine, machine >= Self.full {
            self = .machine
        } else {
            self = server == nil ? .elsewhere : .waiting
        }
    }

    /// How busy a process's threads were.
    struct ServerLoad: Sendable, Equatable {
        /// How many threads were busy for half of the time or more.
        var busyThreads: Int
        /// The part of the time that those were busy, on average; that of all threads together if there are none.
        var share: Double
        /// The part of the time that the busiest thread was busy: streams stay on the thread that they came to, so one that
        /// is full holds the others up.
        var busiest: Double

        /// - Parameter threads: the part of the time that each thread was busy.
        init(threads: [Double]) {
            let busy = threads.filter { $0 >= Limit.busy }
            busyThreads = busy.count
            busiest = threads.max() ?? 0
            share = busy.isEmpty ? threads.reduce(0, +) : busy.reduce(0, +) / Double(busy.count)
        }
    }
}
