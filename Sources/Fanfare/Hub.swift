// Owns what a program may do with the hub from inside. Used on any thread, and so it must never touch a worker's state.

public import EventStream
import Hub
import TimerWheel
import Wishes
import Workers

/// The hub of a server, inside the program: what clients may do over HTTP, without HTTP.
///
/// A handle, which can be copied and kept, and used in any task and at any time. Before the server is ready operations wait
/// for that, or until their task is cancelled; once it has ended they throw ``Failure`` of the code `stopped`. When the
/// same server is run once more the same handle is good again. Whoever has it may do everything: there are no permissions
/// inside the program.
public struct Hub: Sendable {
    let binding: HubBinding

    init(_ binding: HubBinding) { self.binding = binding }

    /// Has some work done once, while the server runs.
    ///
    /// It begins when the server is ready, at once if it is, in a task of the server's. When the server is about to stop the task
    /// is cancelled, and `Server.run` does not return before it is over, unless it is told twice to stop. An error that it
    /// throws is logged, and ends nothing else. What is to be done each time that the same server is run, and anew when it
    /// fails, belongs to ``Routes/background(_:)``.
    ///
    /// - Parameter work: gets this hub.
    public func background(_ work: @escaping @Sendable (Hub) async throws -> Void) { binding.add(work) }

    // MARK: - Publishing

    /// Commits an event to the log, from which every subscriber of the topics gets it.
    ///
    /// It waits for the log. It waits for no subscriber, but while thousands of events are published that one of the server's
    /// threads has yet to see; so a handler that blocks such a thread blocks whoever publishes much.
    ///
    /// - Parameters:
    ///   - event: its data, type, id and retry; it has data, and no comment.
    ///   - topics: where it goes; at least one.
    ///   - isPrivate: whether it is for those only whose token allows one of the topics.
    ///   - key: the publisher's name for it, 1 to 255 bytes of printable ASCII: whoever publishes the same event again under
    ///     the same key publishes nothing, and gets the first one's id. An event's own id does that too.
    /// - Returns: the event's id, once the log has it.
    /// - Throws: ``Failure``. After the code `unavailable` the event may be in the log or not.
    @discardableResult
    public func publish(
        _ event: Event, to topics: String..., isPrivate: Bool = false, key: String? = nil
    ) async throws(Failure) -> String {
        try await publish(event, to: topics, isPrivate: isPrivate, key: key)
    }

    /// Commits an event to the log, from which every subscriber of the topics gets it.
    ///
    /// - Parameters:
    ///   - event: its data, type, id and retry; it has data, and no comment.
    ///   - topics: where it goes; at least one.
    ///   - isPrivate: whether it is for those only whose token allows one of the topics.
    ///   - key: the publisher's name for it: whoever publishes the same event again under the same key publishes nothing.
    /// - Returns: the event's id, once the log has it.
    /// - Throws: ``Failure``. After the code `unavailable` the event may be in the log or not.
    @discardableResult
    public func publish(
        _ event: Event, to topics: [String], isPrivate: Bool = false, key: String? = nil
    ) async throws(Failure) -> String {
        guard event.data != nil else {
            throw Failure(.badEvent, "the event has no data: give it some, which may be the empty string")
        }
        return try await commit(event, to: topics, isPrivate: isPrivate, key: key)
    }

    /// Ends a topic: streams that follow only topics that have ended end, and nothing can be published there any more,
    /// until its last event is gone.
    ///
    /// - Parameters:
    ///   - topic: which topic.
    ///   - event: its last event; without one, or without data, it ends in silence.
    /// - Returns: the id of the last event.
    /// - Throws: ``Failure``, of the code `ended` if it has ended already.
    @discardableResult
    public func end(_ topic: String, with event: Event? = nil) async throws(Failure) -> String {
        try await commit(event ?? Event(), to: [topic], isEnd: true)
    }

    private func commit(
        _ event: Event, to topics: [String], isEnd: Bool = false, isPrivate: Bool = false, key: String? = nil
    ) async throws(Failure) -> String {
        let run = try await binding.run()
        let core = run.core
        let publication: Publication
        do throws(HubError) {
            guard event.comment == nil else {
                throw HubError(.badEvent, "the event has a comment, which cannot be published: leave it out")
            }
            guard let topic = topics.first else { throw HubError(.badEvent, "the event has no topic: name one") }
            let draft = try core.events.draft(
                topic: topic, others: Array(topics.dropFirst()), data: event.data, type: event.type, id: event.id,
                retry: event.retry.map(\.milliseconds), isEnd: isEnd, isPrivate: isPrivate)
            var name: PublicationKey?
            if let key { name = try PublicationKey(key, of: nil) }
            publication = Publication(OneOrMore(draft), key: name)
        } catch {
            throw Failure(error)
        }
        await core.catchUp()
        guard binding.present(run.number) != nil else { throw .stopped }
        let outcome = await withCheckedContinuation { continuation in
            core.log.append([publication], at: .present) { continuation.resume(returning: $0[0]) }
        }
        switch outcome {
        case .committed(let ids), .repeated(let ids): return ids[0]
        case .refused(let error): throw Failure(error)
        }
    }
}
