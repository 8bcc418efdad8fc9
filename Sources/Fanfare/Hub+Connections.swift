// Owns what a program may know of open streams, and the ending of them. Asks each worker on its own thread.

public import Answers
import Hub
import Workers

extension Hub {
    /// Who has streams open on a topic. Subscriptions inside the program do not count.
    ///
    /// - Parameter topic: the topic's name; streams count any of whose patterns match it.
    /// - Throws: ``Failure``.
    public func presence(on topic: String) async throws(Failure) -> Presence {
        try await binding.run().core.presence(on: try Self.name(topic))
    }

    /// The streams that are open, in the order of their ids.
    ///
    /// - Parameters:
    ///   - topic: only those that this topic reaches; `nil` means all.
    ///   - user: only this user's; `nil` means everybody's.
    /// - Throws: ``Failure``.
    public func connections(on topic: String? = nil, user: String? = nil) async throws(Failure) -> [StreamInfo] {
        let core = try await binding.run().core
        var name: TopicName?
        if let topic { name = try Self.name(topic) }
        return await core.connections(on: name, of: user).map { stream in
            StreamInfo(
                id: stream.id, user: stream.user, address: stream.address, patterns: stream.patterns, path: nil,
                opened: stream.openedAt)
        }
    }

    /// Ends a user's streams. Each is told the id after which it can go on.
    ///
    /// - Parameters:
    ///   - user: whose.
    ///   - allowReconnect: whether its client may come back with that id; if not, it is told to stop.
    /// - Returns: how many there were.
    /// - Throws: ``Failure``.
    @discardableResult
    public func disconnect(user: String, allowReconnect: Bool = true) async throws(Failure) -> Int {
        try await binding.run().core.end(user: user, id: nil, allowsReconnect: allowReconnect)
    }

    /// Ends a stream, which is told the id after which it can go on.
    ///
    /// - Parameters:
    ///   - id: the stream's, as ``connections(on:user:)`` lists it.
    ///   - allowReconnect: whether its client may come back with that id; if not, it is told to stop.
    /// - Returns: 1, or 0 if there is no such stream.
    /// - Throws: ``Failure``.
    @discardableResult
    public func disconnect(id: String, allowReconnect: Bool = true) async throws(Failure) -> Int {
        try await binding.run().core.end(user: nil, id: id, allowsReconnect: allowReconnect)
    }

    /// Ends the streams that a topic reaches. Each is told the id after which it can go on.
    ///
    /// - Parameters:
    ///   - topic: the topic's name; streams are ended any of whose patterns match it.
    ///   - allowReconnect: whether their clients may come back with that id; if not, they are told to stop.
    /// - Returns: how many there were.
    /// - Throws: ``Failure``.
    @discardableResult
    public func disconnect(on topic: String, allowReconnect: Bool = true) async throws(Failure) -> Int {
        let topic = try Self.name(topic)
        return try await binding.run().core.end(on: topic, allowsReconnect: allowReconnect)
    }

    private static func name(_ topic: String) throws(Failure) -> TopicName {
        do throws(HubError) {
            return try TopicName(topic)
        } catch {
            throw Failure(error)
        }
    }
}
