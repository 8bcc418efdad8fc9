// Owns the order in which tokens are verified that come faster than they can be. A round of the loop must stay short for
// all others, whoever sends how many.

/// Requests that wait until their tokens are verified, of one worker: each connection has its turn. It belongs to its
/// loop's thread.
package struct Admissions {
    /// A request that waits.
    package struct Waiting {
        let bytes: Int
        package let admit: () -> Void

        /// - Parameters:
        ///   - bytes: how much it holds.
        ///   - admit: verifies its token, and goes on with it.
        package init(bytes: Int, admit: @escaping () -> Void) {
            self.bytes = bytes
            self.admit = admit
        }
    }

    /// So much of a round goes into verifying tokens; the last one may take longer.
    package static let share: Duration = .milliseconds(4)
    /// So many may wait, and hold so much.
    static let most = 8192
    static let mostBytes = 64 << 20

    private var queues: [ObjectIdentifier: [Waiting]] = [:]
    /// Whose turn it is, one after the other.
    private var turns: [ObjectIdentifier] = []
    private var count = 0
    private var bytes = 0

    /// Makes a queue in which nobody waits.
    package init() {}

    /// Whether nobody waits.
    package var isEmpty: Bool { count == 0 }

    /// Takes a request of a connection. Tells whether there is room for it.
    package mutating func add(_ waiting: Waiting, of connection: ObjectIdentifier) -> Bool {
        guard count < Self.most, bytes + waiting.bytes <= Self.mostBytes else { return false }
        if queues[connection] == nil { turns.append(connection) }
        queues[connection, default: []].append(waiting)
        count += 1
        bytes += waiting.bytes
        return true
    }

    /// The next one: the first of the connection whose turn it is.
    package mutating func next() -> Waiting? {
        guard let connection = turns.first else { return nil }
        turns.removeFirst()
        guard let waiting = queues[connection]?.removeFirst() else { return nil }
        if queues[connection]?.isEmpty == true { queues[connection] = nil } else { turns.append(connection) }
        count -= 1
        bytes -= waiting.bytes
        return waiting
    }
}
