import HubSamples
import Synchronization
import Testing

@testable import Hub

@Suite struct InboxStoreTests {
    private func log(bytes: Int = 1 << 30) -> MemoryLog {
        MemoryLog(epoch: "e1", retention: Retention(events: 100_000, age: 1_000_000, bytes: bytes))
    }

    private func change(_ log: MemoryLog, _ user: String, _ action: InboxChange.Action) -> HubError? {
        let refusal = Mutex<HubError?>(nil)
        log.change(InboxChange(try! InboxUser(user), action)) { error in refusal.withLock { $0 = error } }
        return refusal.withLock(\.self)
    }

    @Test func `what inboxes take in memory is bounded, and what is there goes on`() {
        let log = log(bytes: 1 << 20)
        let patterns = (0..<60).map { pattern("\($0)/" + String(repeating: "x", count: 1000)) }
        var users = 0
        while users < 10_000, change(log, "u\(users)", .add(patterns)) == nil { users += 1 }
        #expect(10 < users && users < 20)
        #expect(change(log, "late", .add(patterns))?.code == .unavailable)
        // Smaller ones still fit, until there is no room at all; who is there already can read on.
        var small = 0
        while small < 100_000, change(log, "s\(small)", .acknowledge(id: "e1-0", topic: nil)) == nil { small += 1 }
        #expect(small < 3000)
        #expect(change(log, "u0", .acknowledge(id: "e1-0", topic: nil)) == nil)
        // What is given back can be used again.
        #expect(change(log, "u0", .add([])) == nil)
        #expect(change(log, "late", .add(Array(patterns.prefix(30)))) == nil)
    }

    @Test func `marks that say nothing any more take no room`() {
        let log = log()
        for number in 0..<5000 {
            log.append([Publication([draft("users/u/\(number)")])], at: Clock(now: 0, time: 0)) { _ in }
            #expect(change(log, "u", .acknowledge(id: "e1-\(number + 1)", topic: topic("users/u/\(number)"))) == nil)
        }
        func marks() -> Int {
            let count = Mutex(0)
            log.inbox(of: try! InboxUser("u")) { inbox in count.withLock { $0 = (try? inbox.get().marks.count) ?? -1 } }
            return count.withLock(\.self)
        }
        #expect(marks() == 5000)
        // An acknowledgement of what is not there leaves no trace.
        #expect(change(log, "u", .acknowledge(id: "e1-5000", topic: topic("users/u/none"))) == nil)
        #expect(marks() == 5000)
        #expect(change(log, "u", .acknowledge(id: "e1-4990", topic: nil)) == nil)
        #expect(marks() == 10)
        #expect(change(log, "u", .acknowledge(id: "e1-5000", topic: nil)) == nil)
        #expect(marks() == 0)
    }

    @Test func `topics below users are found without looking at others`() throws {
        let log = log()
        for number in 0..<30_000 {
            log.append([Publication([draft("other/\(number)")])], at: Clock(now: 0, time: 0)) { _ in }
        }
        for name in ["users/u/b", "users/u/a", "users/v/a"] {
            log.append([Publication([draft(name)])], at: Clock(now: 0, time: 0)) { _ in }
        }
        // One that looks at all of them takes many steps.
        let step = try log.step(in: TopicRange(below: "users/u/"), after: .beginning, through: 30_003).get()
        #expect(step.topics == ["users/u/a", "users/u/b"].map(topic) && step.next == nil)
    }
}
