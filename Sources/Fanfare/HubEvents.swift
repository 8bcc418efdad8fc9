// Owns the form in which a program reads the hub's events. Must never hold more than a page of them.

/// The events of some topics, as a sequence that waits for the next one: the same as a stream over HTTP, inside the program.
///
/// The sequence is a place in the log. Events are read from there when they are asked for, a page at a time; so whoever is
/// slow, or does not ask at all, holds up nobody and takes no memory, however much is published. Each event comes once, in
/// the order of the log. Where retention was faster than the reader, or the start that was asked for cannot be had, an
/// element stands whose ``PublishedEvent/isGap`` is true.
///
/// It ends when all of its topics have ended (a pattern never does), and when the task is cancelled. It throws
/// ``Hub/Failure``: of the code `stopped` once the server has ended, and of others if what was asked for is wrong. While the
/// log cannot be read it waits, and goes on by itself.
///
/// Each iteration begins at its start anew: `.last` and `.ago` count from then.
public struct HubEvents: AsyncSequence, Sendable {
    /// An event, or a gap.
    public typealias Element = PublishedEvent
    /// Why it cannot go on.
    public typealias Failure = Hub.Failure

    let binding: HubBinding
    let wish: HubReader.Wish

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator { Iterator(reader: HubReader(binding, wish)) }

    /// A reader of the events. It is for one task at a time.
    public struct Iterator: AsyncIteratorProtocol {
        let reader: HubReader

        /// The next event; waits for one.
        public mutating func next() async throws(Hub.Failure) -> PublishedEvent? { try await reader.next() }

        /// The next event; waits for one.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Hub.Failure) -> PublishedEvent? { try await reader.next() }
    }
}

@available(*, unavailable)
extension HubEvents.Iterator: Sendable {}

extension Hub {
    /// The events of some topics, from somewhere in the log on.
    ///
    /// - Parameters:
    ///   - patterns: topics, in which `*` stands for one segment and a last `**` for one or more; at least one, and at most
    ///     `Configuration.maxTopics`.
    ///   - start: where they begin. `.now` is when this is called; if the server is not ready by then, when it is.
    /// - Returns: a sequence, which throws ``Failure`` if a pattern is malformed.
    public func subscribe(_ patterns: String..., from start: StreamStart = .now) -> HubEvents {
        subscribe(patterns, from: start)
    }

    /// The events of some topics, from somewhere in the log on.
    ///
    /// - Parameters:
    ///   - patterns: topics, in which `*` stands for one segment and a last `**` for one or more; at least one, and at most
    ///     `Configuration.maxTopics`.
    ///   - start: where they begin. `.now` is when this is called; if the server is not ready by then, when it is.
    /// - Returns: a sequence, which throws ``Failure`` if a pattern is malformed.
    public func subscribe(_ patterns: [String], from start: StreamStart = .now) -> HubEvents {
        HubEvents(binding: binding, wish: HubReader.Wish(subject: .topics(patterns), start: start.fixed(by: binding)))
    }
}
