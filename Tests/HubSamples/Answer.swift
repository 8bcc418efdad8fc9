import Dispatch
package import Hub

/// What one thread brings another.
package final class Answer<Value: Sendable>: @unchecked Sendable {
    // SAFETY: written before the semaphore is raised, read after it was waited for.
    private var value: Value?
    private let isThere = DispatchSemaphore(value: 0)

    package init() {}

    package func bring(_ value: Value) {
        self.value = value
        isThere.signal()
    }

    package func wait() -> Value {
        isThere.wait()
        return value!
    }
}

extension EventLog {
    /// Adds publications, and waits for what became of them.
    package func appended(_ publications: [Publication], at clock: Clock) -> [PublishOutcome] {
        let outcomes = Answer<[PublishOutcome]>()
        append(publications, at: clock) { outcomes.bring($0) }
        return outcomes.wait()
    }

    /// Finds where a stream starts, in as many steps as it takes.
    package func located(_ request: LocateRequest) -> Location {
        var request = request
        while true {
            let found = Answer<Location>()
            locate(request) { found.bring($0) }
            let location = found.wait()
            guard let next = location.next else { return location }
            request = next
        }
    }

    /// Reads a page.
    package func page(_ request: ReadRequest) -> ReadPage {
        let found = Answer<ReadPage>()
        read(request) { found.bring($0) }
        return found.wait()
    }
}
