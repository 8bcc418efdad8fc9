// Owns when keys are fetched, and who waits for it. Must never let anybody who can make up a key's name have keys fetched
// as often as they like, nor hold more requests than it is told.

import TimerWheel

/// When sets of keys are fetched: now and then, and soon when somebody shows a token of a key that is not known.
package struct KeySearch {
    /// A request that waits for keys.
    package struct Waiter: Sendable {
        /// How much it holds.
        let bytes: Int
        /// Is called when it need not wait longer; on any thread.
        let proceed: @Sendable (Outcome) -> Void

        /// Puts the two together.
        package init(bytes: Int, proceed: @escaping @Sendable (Outcome) -> Void) {
            self.bytes = bytes
            self.proceed = proceed
        }
    }

    /// What comes of asking for keys to be fetched.
    package enum Answer: Sendable, Equatable {
        /// The request waits, and its waiter is told of the end.
        case waits
        /// Keys have changed since they were looked at: they are to be looked at again.
        case changed
        /// Too many wait, or keys were searched for just now.
        case refused
    }

    /// What a wait came to.
    package enum Outcome: Sendable {
        /// All keys were fetched after the request had come: what is not known now is not there.
        case complete
        /// All keys were fetched, but the fetch had begun before the request came: its key may have come, or may be there
        /// only since. Whoever does not know it now is to search once more.
        case outdated
        /// A key may be there and not be known: a fetch failed, or there will be none so soon.
        case undecided
    }

    /// What is fetched is fetched again after so long, or so soon if that failed.
    static let refetch: Milliseconds = 5 * 60_000
    static let retry: Milliseconds = 10_000
    /// A key that nobody knows has keys fetched at most so often.
    static let pause: Milliseconds = 10_000
    /// So many requests may wait, and hold so much.
    static let mostWaiting = 1000
    static let mostBytes = 16 << 20

    private var nextFetch: Milliseconds = 0
    private var lastSearch: Milliseconds?
    private var isWanted = false
    private var isOver = false
    /// Those who wait for the next fetch, or for the one under way if they came before it.
    private var waiting: [Waiter] = []
    /// How many of these came before the one under way; nil while there is none.
    private var early: Int?
    private var heldBytes = 0

    /// Takes a request that waits for a fetch.
    ///
    /// - Returns: whether it waits; not if there are too many, or keys were searched for just now.
    mutating func wait(_ waiter: Waiter, at now: Milliseconds) -> Bool {
        guard !isOver, waiting.count < Self.mostWaiting, heldBytes + waiter.bytes <= Self.mostBytes else {
            return false
        }
        if early == nil, !isWanted, now < nextFetch {
            if let lastSearch, now - lastSearch < Self.pause { return false }
            lastSearch = now
            isWanted = true
        }
        waiting.append(waiter)
        heldBytes += waiter.bytes
        return true
    }

    /// Begins a fetch, if one is due. Tells whether it is.
    mutating func begin(at now: Milliseconds, isAsked: Bool) -> Bool {
        guard isWanted || isAsked || now >= nextFetch else { return false }
        isWanted = false
        early = waiting.count
        return true
    }

    /// The fetch is done. Tells who need not wait longer, and what it came to for them.
    mutating func finish(at now: Milliseconds, isFailed: Bool) -> [(waiter: Waiter, outcome: Outcome)] {
        nextFetch = now + (isFailed ? Self.retry : Self.refetch)
        let early = early ?? 0
        self.early = nil
        defer { (waiting, heldBytes) = ([], 0) }
        return waiting.enumerated().map { ($1, isFailed ? .undecided : $0 < early ? .complete : .outdated) }
    }

    /// Nothing is fetched any more. Tells who waited.
    mutating func end() -> [Waiter] {
        isOver = true
        defer { (waiting, heldBytes) = ([], 0) }
        return waiting
    }
}
