// Owns the questions to the log for whose answers a task waits. Streams do not wait like this: the board asks for them.

import Hub

extension HubCore {
    func locate(_ request: LocateRequest) async throws(Problem) -> Location {
        try Self.unwrapped(
            await withCheckedContinuation { continuation in
                log.locate(request) { continuation.resume(returning: $0) }
            })
    }

    func read(_ request: ReadRequest) async throws(Problem) -> ReadPage {
        try Self.unwrapped(
            await withCheckedContinuation { continuation in
                log.read(request) { continuation.resume(returning: $0) }
            })
    }

    func topics(
        in range: TopicRange, after place: TopicPlace, through last: Position
    ) async throws(Problem) -> TopicStep {
        try Self.unwrapped(
            await withCheckedContinuation { continuation in
                log.topics(in: range, after: place, through: last) { continuation.resume(returning: $0) }
            })
    }

    func summaries(of topics: [TopicName]) async throws(Problem) -> [TopicSummary?] {
        try Self.unwrapped(
            await withCheckedContinuation { continuation in
                log.summaries(of: topics) { continuation.resume(returning: $0) }
            })
    }

    private static func unwrapped<Value>(_ answer: Result<Value, HubError>) throws(Problem) -> Value {
        switch answer {
        case .success(let value): return value
        case .failure(let error): throw Problem(error)
        }
    }
}
