// Owns how much each client may publish in a time. What it remembers is bounded, however many clients there are; whoever
// it forgets must not owe anything, as long as there is room.

package import Answers
import HTTPMessage
import Synchronization
package import TimerWheel

/// So many events a second for each client, on all workers together: `--publish-rate`.
///
/// A second's worth may come at once. What was taken beyond the rate is owed, and is paid off at the rate (the generic
/// cell rate algorithm, ITU-T I.371). A body of more than a second's worth is taken when nothing is owed.
package final class PublishPace: Sendable {
    /// The most events a second.
    package static let mostPerSecond = 1_000_000
    /// Events a second.
    package let rate: Int
    private let mostClients: Int
    private let book: Mutex<Book>

    private struct Book {
        /// When each client will owe nothing. The unit is a millisecond's worth of the rate's thousandth: an event is a
        /// thousand of them, and each millisecond pays for as many as there are events a second. So nothing is rounded.
        var paidOff: [Claimant: Int] = [:]
        /// There are as many before those are looked for who owe nothing any more.
        var sweepsAt = leastSwept
    }

    private static let leastSwept = 1024

    /// - Parameters:
    ///   - rate: events a second, 1 to `mostPerSecond`.
    ///   - mostClients: so many are remembered.
    package init(rate: Int, mostClients: Int = 1 << 16) {
        precondition((1...Self.mostPerSecond).contains(rate), "a rate of \(rate)/s")
        self.rate = rate
        self.mostClients = mostClients
        book = Mutex(Book())
    }

    /// How many clients are remembered.
    var clientCount: Int { book.withLock { $0.paidOff.count } }

    /// Takes events of a client, if that is not too many.
    ///
    /// - Returns: nil if they are taken, else the time after which they will be.
    package func take(_ events: Int, of client: Claimant, at now: Milliseconds) -> Milliseconds? {
        let present = now * rate
        let cost = events * 1000
        let atOnce = 1000 * rate
        return book.withLock { book in
            let begin = max(book.paidOff[client] ?? present, present)
            let owed = begin - present
            if owed > 0, owed + cost > atOnce {
                let excess = cost > atOnce ? owed : owed + cost - atOnce
                return (excess + rate - 1) / rate
            }
            book.paidOff[client] = begin + cost
            if book.paidOff.count >= book.sweepsAt { sweep(&book, at: present) }
            return nil
        }
    }

    /// Forgets those who owe nothing. If too many are left, those go who owe the least: who has so many addresses gains
    /// nothing by it.
    private func sweep(_ book: inout Book, at present: Int) {
        book.paidOff = book.paidOff.filter { $0.value > present }
        let most = mostClients / 2
        if book.paidOff.count > most {
            let least = book.paidOff.values.sorted()[book.paidOff.count - most]
            // Of those that owe just as much some stay.
            var room = most - book.paidOff.values.count { $0 > least }
            book.paidOff = book.paidOff.filter { entry in
                if entry.value == least { room -= 1 }
                return entry.value > least || entry.value == least && room >= 0
            }
        }
        book.sweepsAt = max(Self.leastSwept, 2 * book.paidOff.count)
    }
}

extension Problem {
    /// A client publishes more than it may.
    ///
    /// - Parameters:
    ///   - rate: events a second.
    ///   - wait: until it would be taken, in milliseconds.
    package static func publishRate(_ rate: Int, wait: Int) -> Problem {
        var problem = Problem(
            .tooManyRequests, "publish-rate",
            "no more events than \(rate) a second are taken from one client (--publish-rate): nothing of this was published; send it again after as many seconds as Retry-After says"
        )
        problem.retryAfter = (wait + 999) / 1000
        return problem
    }
}
