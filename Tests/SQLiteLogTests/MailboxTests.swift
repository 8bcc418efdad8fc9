import HubSamples
import Testing

@testable import SQLiteLog

@Suite struct MailboxTests {
    /// Longer than any test may take.
    private static let forEver = 3_600_000_000_000

    @Test func `who waits for some weight is woken when it is there`() throws {
        let box = Mailbox<Int>()
        let taken = Answer<[Int]>()
        let thread = try LogThread { taken.bring(box.take(weighing: 5, within: Self.forEver)) }
        box.put(1, weight: 2)
        box.put(2, weight: 2)
        box.put(3, weight: 1)
        #expect(taken.wait() == [1, 2, 3])
        thread.join()
    }

    @Test func `who waits for some weight takes what is there when its time is over`() {
        let box = Mailbox<Int>()
        box.put(1)
        #expect(box.take(weighing: 5, within: 0) == [1])
        #expect(box.take(weighing: 5, within: 1000) == [])
        // The next one is woken by a single letter again.
        box.put(2)
        #expect(box.take() == [2])
    }

    @Test func `a box that is closed keeps nobody waiting`() throws {
        let box = Mailbox<Int>()
        let taken = Answer<[Int]>()
        let thread = try LogThread { taken.bring(box.take(weighing: 5, within: Self.forEver)) }
        box.put(1)
        box.close()
        #expect(taken.wait() == [1])
        thread.join()
        #expect(!box.put(2))
        #expect(box.take() == nil)
    }
}
