// Owns the reading and publishing of values. What is not a value must never be left out in silence.

import Answers
import Hub

/// An event that carries a value.
public struct TypedEvent<Value: Sendable>: Sendable {
    /// What it carries.
    public let value: Value
    /// Its id, after which a reader can go on.
    public let id: String
    /// The topics it was published to.
    public let topics: [String]
    /// What `event:` carries, if anything.
    public let type: String?
    /// When it was published, in milliseconds since 1970 UTC: for people, never for order.
    public let time: Int
}

/// The values that the events of a typed topic carry, as a sequence that waits for the next one. ``events`` has them with
/// their ids and topics.
///
/// It is a ``HubEvents`` in all else. As a gap is no value, it throws ``Hub/Failure`` of the code `gap` there; and of the code
/// `undecodable` for data that is not the JSON of a value. Both name the event in ``Hub/Failure/eventID``, and an iterator
/// can be asked for the next value all the same. ``skipping(_:)`` does so.
public struct TypedEvents<Value: Codable & Sendable>: AsyncSequence, Sendable {
    /// A value.
    public typealias Element = Value
    /// Why it cannot go on.
    public typealias Failure = Hub.Failure

    /// The values with what else is known of their events.
    public let events: Events

    /// The same values, without an end at what is none: at a gap, and at data that is not the JSON of a value. Whoever may
    /// publish could otherwise stop a reader that begins at the same place again and again.
    ///
    /// - Parameter tell: hears of each, as ``Hub/Failure`` of the code `gap` or `undecodable`, which names the event.
    public func skipping(_ tell: @escaping @Sendable (Hub.Failure) -> Void) -> TypedEvents {
        TypedEvents(events: events.skipping(tell))
    }

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator { Iterator(events: events.makeAsyncIterator()) }

    /// A reader of the values. It is for one task at a time.
    public struct Iterator: AsyncIteratorProtocol {
        var events: Events.Iterator

        /// The next value; waits for one.
        public mutating func next() async throws(Hub.Failure) -> Value? { try await events.next()?.value }

        /// The next value; waits for one.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Hub.Failure) -> Value? {
            try await events.next()?.value
        }
    }

    /// The events of a typed topic.
    public struct Events: AsyncSequence, Sendable {
        /// An event.
        public typealias Element = TypedEvent<Value>
        /// Why it cannot go on.
        public typealias Failure = Hub.Failure

        let binding: HubBinding
        let name: Result<String, Hub.Failure>
        let start: StreamStart
        /// Hears of what is no value; nil if that is thrown.
        var tell: (@Sendable (Hub.Failure) -> Void)?

        /// The same events, without an end at what is no value: at a gap, and at data that is not the JSON of one.
        ///
        /// - Parameter tell: hears of each, as ``Hub/Failure`` of the code `gap` or `undecodable`, which names the event.
        public func skipping(_ tell: @escaping @Sendable (Hub.Failure) -> Void) -> Events {
            var events = self
            events.tell = tell
            return events
        }

        /// Begins to read.
        public func makeAsyncIterator() -> Iterator {
            switch name {
            case .success(let name):
                Iterator(
                    reader: HubReader(binding, HubReader.Wish(subject: .topics([name]), start: start)), complaint: nil,
                    tell: tell)
            case .failure(let complaint): Iterator(reader: nil, complaint: complaint, tell: tell)
            }
        }

        /// A reader of the events. It is for one task at a time.
        public struct Iterator: AsyncIteratorProtocol {
            let reader: HubReader?
            var complaint: Hub.Failure?
            let tell: (@Sendable (Hub.Failure) -> Void)?

            /// The next event; waits for one.
            public mutating func next() async throws(Hub.Failure) -> TypedEvent<Value>? {
                if let complaint = complaint.take() { throw complaint }
                while let event = try await reader?.next() {
                    do throws(Hub.Failure) {
                        return try event.typed(as: Value.self)
                    } catch {
                        guard let tell else { throw error }
                        tell(error)
                    }
                }
                return nil
            }

            /// The next event; waits for one.
            public mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(Hub.Failure) -> TypedEvent<Value>? {
                try await next()
            }
        }
    }
}

@available(*, unavailable)
extension TypedEvents.Iterator: Sendable {}
@available(*, unavailable)
extension TypedEvents.Events.Iterator: Sendable {}

extension PublishedEvent {
    fileprivate func typed<Value: Codable & Sendable>(
        as type: Value.Type
    ) throws(Hub.Failure) -> TypedEvent<Value> {
        if isGap { throw Hub.Failure(.gap, "events are gone that were to be read: \(data)", event: id) }
        let value: Value
        do {
            value = try CodableJSON.value(type, from: Array(data.utf8))
        } catch {
            let reason = (error as? Problem)?.detail ?? "\(error)"
            throw Hub.Failure(
                .undecodable, "the event \(id) on \(topics.joined(separator: ", ")) is no \(Value.self): \(reason)",
                event: id)
        }
        return TypedEvent(value: value, id: id, topics: topics, type: self.type, time: time)
    }
}

extension Hub {
    /// Commits an event that carries a value to the log, from which every subscriber of the topic gets it.
    ///
    /// - Parameters:
    ///   - value: becomes the data, as JSON.
    ///   - topic: where it goes.
    ///   - type: what `event:` carries, if anything.
    ///   - id: the publisher's own id: whoever publishes the same value again with the same id publishes nothing.
    ///   - isPrivate: whether it is for those only whose token allows the topic.
    ///   - key: the publisher's name for it: whoever publishes the same value again under the same key publishes nothing.
    /// - Returns: the event's id, once the log has it.
    /// - Throws: ``Failure``, of the code `badEvent` if the value cannot be encoded.
    @discardableResult
    public func publish<Value: Codable & Sendable>(
        _ value: Value, to topic: BoundTopic<Value>, type: String? = nil, id: String? = nil, isPrivate: Bool = false,
        key: String? = nil
    ) async throws(Failure) -> String {
        let name = try topic.name
        let data: String
        do {
            data = String(decoding: try CodableJSON.bytes(of: value), as: UTF8.self)
        } catch {
            throw Failure(.badEvent, "the value cannot be encoded: \(error)")
        }
        return try await publish(Event(data, type: type, id: id), to: [name], isPrivate: isPrivate, key: key)
    }

    /// The values that the events of a typed topic carry, from somewhere in the log on.
    ///
    /// - Parameters:
    ///   - topic: the topic; ``Topic/all`` for all of its kind.
    ///   - start: where they begin. `.now` is when this is called; if the server is not ready by then, when it is.
    public func subscribe<Value: Codable & Sendable>(
        _ topic: BoundTopic<Value>, from start: StreamStart = .now
    ) -> TypedEvents<Value> {
        let name: Result<String, Failure>
        do throws(Failure) {
            name = .success(try topic.name)
        } catch {
            name = .failure(error)
        }
        return TypedEvents(events: TypedEvents.Events(binding: binding, name: name, start: start.fixed(by: binding)))
    }

    /// Ends a topic: streams that follow only topics that have ended end.
    ///
    /// - Parameter topic: which topic.
    /// - Returns: the id of the last event, which carries nothing.
    /// - Throws: ``Failure``, of the code `ended` if it has ended already.
    @discardableResult
    public func end<Value: Codable & Sendable>(_ topic: BoundTopic<Value>) async throws(Failure) -> String {
        try await end(try topic.name)
    }
}
