import Synchronization
import Testing

@testable import Keys

@Suite struct `A search for keys` {
    /// Takes down what came of waits.
    private final class Ledger: Sendable {
        private let outcomes = Mutex<[String: KeySearch.Outcome]>([:])

        func waiter(_ name: String, bytes: Int = 1) -> KeySearch.Waiter {
            KeySearch.Waiter(bytes: bytes) { outcome in self.outcomes.withLock { $0[name] = outcome } }
        }

        subscript(name: String) -> KeySearch.Outcome? { outcomes.withLock { $0[name] } }
    }

    /// A search that conditions can change.
    private final class Subject {
        private var search = KeySearch()

        func wait(_ waiter: KeySearch.Waiter, at now: Int) -> Bool { search.wait(waiter, at: now) }
        func begin(at now: Int, isAsked: Bool) -> Bool { search.begin(at: now, isAsked: isAsked) }
        func end() -> [KeySearch.Waiter] { search.end() }
        func finish(at now: Int, isFailed: Bool) -> [(waiter: KeySearch.Waiter, outcome: KeySearch.Outcome)] {
            search.finish(at: now, isFailed: isFailed)
        }
    }

    /// One whose keys were fetched at zero.
    private func settled() -> Subject {
        let search = Subject()
        #expect(search.begin(at: 0, isAsked: false))
        #expect(search.finish(at: 0, isFailed: false).isEmpty)
        return search
    }

    private func finish(_ search: Subject, at now: Int, isFailed: Bool = false) {
        for (waiter, outcome) in search.finish(at: now, isFailed: isFailed) { waiter.proceed(outcome) }
    }

    @Test func `is done for the first who comes, and all who come before it begins wait for it`() {
        let search = settled()
        let ledger = Ledger()
        for name in ["a", "b", "c"] { #expect(search.wait(ledger.waiter(name), at: 100)) }
        #expect(search.begin(at: 100, isAsked: false))
        finish(search, at: 200)
        #expect(["a", "b", "c"].allSatisfy { ledger[$0] == .complete })
        #expect(!search.begin(at: 201, isAsked: false))
    }

    @Test func `that is under way tells those who come meanwhile to look, and to search once more`() {
        let search = settled()
        let ledger = Ledger()
        #expect(search.wait(ledger.waiter("early"), at: 100))
        #expect(search.begin(at: 100, isAsked: false))
        #expect(search.wait(ledger.waiter("late"), at: 150))
        finish(search, at: 200)
        #expect(ledger["early"] == .complete)
        #expect(ledger["late"] == .outdated)
        // Just now is too soon: so nobody has keys fetched as often as they like.
        #expect(!search.wait(ledger.waiter("late"), at: 200))
    }

    @Test func `that was due anyway leaves those who come meanwhile one of their own`() {
        let search = settled()
        let ledger = Ledger()
        let due = KeySearch.refetch
        #expect(search.begin(at: due, isAsked: false))
        #expect(search.wait(ledger.waiter("late"), at: due + 10))
        finish(search, at: due + 20)
        #expect(ledger["late"] == .outdated)
        #expect(search.wait(ledger.waiter("late"), at: due + 20))
        #expect(search.begin(at: due + 20, isAsked: false))
        finish(search, at: due + 30)
        #expect(ledger["late"] == .complete)
    }

    @Test func `that failed is undecided for those who came meanwhile too`() {
        let search = settled()
        let ledger = Ledger()
        #expect(search.begin(at: KeySearch.refetch, isAsked: false))
        #expect(search.wait(ledger.waiter("late"), at: KeySearch.refetch))
        finish(search, at: KeySearch.refetch, isFailed: true)
        #expect(ledger["late"] == .undecided)
    }

    @Test func `that failed is undecided for all`() {
        let search = settled()
        let ledger = Ledger()
        #expect(search.wait(ledger.waiter("a"), at: 100))
        #expect(search.begin(at: 100, isAsked: false))
        finish(search, at: 200, isFailed: true)
        #expect(ledger["a"] == .undecided)
        // It is tried again before long.
        #expect(!search.begin(at: 200 + KeySearch.retry - 1, isAsked: false))
        #expect(search.begin(at: 200 + KeySearch.retry, isAsked: false))
    }

    @Test func `is not done again within a while, whoever asks`() {
        let search = settled()
        let ledger = Ledger()
        #expect(search.wait(ledger.waiter("a"), at: 100))
        #expect(search.begin(at: 100, isAsked: false))
        finish(search, at: 200)
        #expect(!search.wait(ledger.waiter("b"), at: 100 + KeySearch.pause - 1))
        #expect(!search.begin(at: 100 + KeySearch.pause - 1, isAsked: false))
        #expect(search.wait(ledger.waiter("c"), at: 100 + KeySearch.pause))
    }

    @Test func `is not needed while keys are due anyway, as at the start`() {
        let search = Subject()
        let ledger = Ledger()
        #expect(search.wait(ledger.waiter("a"), at: 0))
        #expect(search.begin(at: 0, isAsked: false))
        #expect(search.wait(ledger.waiter("b"), at: 10))
        finish(search, at: 20)
        #expect(ledger["a"] == .complete)
        // None of these counts against the next.
        #expect(search.wait(ledger.waiter("c"), at: 30))
    }

    @Test func `is done now and then, and when it is asked for`() {
        let search = settled()
        #expect(!search.begin(at: KeySearch.refetch - 1, isAsked: false))
        #expect(search.begin(at: KeySearch.refetch - 1, isAsked: true))
        finish(search, at: KeySearch.refetch)
        #expect(!search.begin(at: 2 * KeySearch.refetch - 1, isAsked: false))
        #expect(search.begin(at: 2 * KeySearch.refetch, isAsked: false))
    }

    @Test func `holds no more than so many, and so much`() {
        let search = settled()
        let ledger = Ledger()
        for number in 0..<KeySearch.mostWaiting { #expect(search.wait(ledger.waiter("\(number)"), at: 100)) }
        #expect(!search.wait(ledger.waiter("more"), at: 100))
        #expect(search.begin(at: 100, isAsked: false))
        finish(search, at: 100)
        #expect(search.wait(ledger.waiter("large", bytes: KeySearch.mostBytes), at: 100 + KeySearch.pause))
        #expect(!search.wait(ledger.waiter("small"), at: 100 + KeySearch.pause))
        finish(search, at: 100 + KeySearch.pause)
        #expect(search.wait(ledger.waiter("again"), at: 100 + 2 * KeySearch.pause))
    }

    @Test func `that is over keeps nobody`() {
        let search = settled()
        let ledger = Ledger()
        #expect(search.wait(ledger.waiter("a"), at: 100))
        for waiter in search.end() { waiter.proceed(.undecided) }
        #expect(ledger["a"] == .undecided)
        #expect(!search.wait(ledger.waiter("b"), at: 1_000_000))
    }
}
