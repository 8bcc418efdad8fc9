// Owns what a program may do with the hub from inside. Used on any thread, and so it must never touch a worker's state.

public import EventStream
import Hub
import TimerWheel

/// The hub of a server, inside the program.
public struct Hub: Sendable {
    let core: HubCore

    init(_ core: HubCore) { self.core = core }

    /// Commits an event to the log, from which every subscriber of the topics gets it.
    ///
    /// - Parameters:
    ///   - event: its data, type, id and retry.
    ///   - topics: where it goes; at least one.
    /// - Returns: the event's id, once the log has it.
    /// - Throws: `PublishError`, which says what was wrong.
    @discardableResult
    public func publish(_ event: Event, to topics: String...) async throws(PublishError) -> String {
        let draft: Draft
        do throws(HubError) {
            guard let data = event.data, event.comment == nil else {
                throw HubError(.badEvent, "an event that is published has data, and no comment")
            }
            guard topics.count <= core.configuration.maxTopics else {
                throw HubError(
                    .badEvent,
                    "the event has \(topics.count) topics: at most \(core.configuration.maxTopics) are allowed")
            }
            var names: [TopicName] = []
            for topic in topics { names.append(try TopicName(topic)) }
            draft = try Draft(
                topics: names, data: data, type: event.type, id: event.id,
                retry: event.retry.map(\.milliseconds))
            guard draft.size <= core.configuration.maxEventSize else {
                throw HubError(
                    .tooLarge,
                    "the event has \(draft.size) bytes: at most \(core.configuration.maxEventSize) are allowed")
            }
        } catch {
            throw PublishError(description: error.description)
        }
        let outcome = await withCheckedContinuation { continuation in
            core.log.append([Publication([draft])], at: .present) { continuation.resume(returning: $0[0]) }
        }
        switch outcome {
        case .committed(let ids), .repeated(let ids): return ids[0]
        case .refused(let error): throw PublishError(description: error.description)
        }
    }
}

/// Why an event was not published.
public struct PublishError: Error, Sendable, CustomStringConvertible {
    /// What was wrong, and what to change.
    public let description: String
}
