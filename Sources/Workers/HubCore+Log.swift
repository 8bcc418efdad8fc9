// Owns the questions to the log for whose answers a task waits. Streams do not wait like this: the board asks for them.

package import Hub

extension HubCore {
    /// The position of the last event.
    package var lastPosition: Position { log.kept.upperBound - 1 }

    /// The id after which comes what is published from now on.
    package var presentID: String { EventID.text(epoch: log.epoch, lastPosition) }

    package func locate(_ request: LocateRequest) async throws(HubError) -> Location {
        try await withCheckedContinuation { continuation in
            log.locate(request) { continuation.resume(returning: $0) }
        }.get()
    }

    package func read(_ request: ReadRequest) async throws(HubError) -> ReadPage {
        try await withCheckedContinuation { continuation in
            log.read(request) { continuation.resume(returning: $0) }
        }.get()
    }

    package func ends(of topics: [TopicName]) async throws(HubError) -> [Position?] {
        try await withCheckedContinuation { continuation in
            log.ends(of: topics) { continuation.resume(returning: $0) }
        }.get()
    }

    package func change(_ change: InboxChange) async throws(HubError) {
        let refusal = await withCheckedContinuation { continuation in
            log.change(change) { continuation.resume(returning: $0) }
        }
        if let refusal { throw refusal }
    }

    func topics(
        in range: TopicRange, after place: TopicPlace, through last: Position
    ) async throws(HubError) -> TopicStep {
        try await withCheckedContinuation { continuation in
            log.topics(in: range, after: place, through: last) { continuation.resume(returning: $0) }
        }.get()
    }

    func summaries(of topics: [TopicName]) async throws(HubError) -> [TopicSummary?] {
        try await withCheckedContinuation { continuation in
            log.summaries(of: topics) { continuation.resume(returning: $0) }
        }.get()
    }
}
