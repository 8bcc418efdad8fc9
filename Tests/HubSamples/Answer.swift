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

    /// Finds where a stream starts, in as many steps as it takes. The log must be able to answer.
    package func located(_ request: LocateRequest) -> Location {
        var request = request
        while true {
            let location = location(for: request)
            guard let next = location.next else { return location }
            request = next
        }
    }

    /// Goes one step towards where a stream starts. The log must be able to answer.
    package func location(for request: LocateRequest) -> Location { try! answer(to: request).get() }

    /// Goes one step towards where a stream starts, or hears why it cannot be found.
    package func answer(to request: LocateRequest) -> Result<Location, HubError> {
        let found = Answer<Result<Location, HubError>>()
        locate(request) { found.bring($0) }
        return found.wait()
    }

    /// Reads a page. The log must be able to answer.
    package func page(_ request: ReadRequest) -> ReadPage { try! answer(to: request).get() }

    /// Reads a page, or hears why it cannot be read.
    package func answer(to request: ReadRequest) -> Result<ReadPage, HubError> {
        let found = Answer<Result<ReadPage, HubError>>()
        read(request) { found.bring($0) }
        return found.wait()
    }

    /// What is known of some topics, or why it cannot be read.
    package func summary(of topics: [TopicName]) -> Result<[TopicSummary?], HubError> {
        let found = Answer<Result<[TopicSummary?], HubError>>()
        summaries(of: topics) { found.bring($0) }
        return found.wait()
    }

    /// Where topics ended. The log must be able to answer.
    package func ends(of topics: [TopicName]) -> [Position?] {
        let found = Answer<Result<[Position?], HubError>>()
        ends(of: topics) { found.bring($0) }
        return try! found.wait().get()
    }

    /// A step of a list of topics, or why it cannot be read.
    package func step(in range: TopicRange, after place: TopicPlace, through last: Position)
        -> Result<TopicStep, HubError>
    {
        let found = Answer<Result<TopicStep, HubError>>()
        topics(in: range, after: place, through: last) { found.bring($0) }
        return found.wait()
    }
}
