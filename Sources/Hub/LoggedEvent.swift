// Owns what the log holds and hands on. An event must never change: threads share it without a lock.

import Synchronization
package import TimerWheel

/// An event in the log. It never changes, and everyone who needs it shares it.
package final class LoggedEvent: Sendable {
    /// Its place in the log.
    package let position: Position
    /// The id that streams are told.
    package let id: String
    /// What the publisher said of it.
    package let draft: Draft
    /// Who published it; `nil` when nobody said.
    package let publisher: String?
    /// When it was published, in milliseconds since 1970 UTC: for people, never for order or expiry.
    package let time: Milliseconds
    /// When it was published, on the clock that never steps back.
    package let arrival: Milliseconds
    /// The latest `time` of this and all earlier events: it rises where a clock that was set back makes `time` fall.
    let latestTime: Milliseconds

    init(
        _ draft: Draft, position: Position, epoch: String, publisher: String?, clock: Clock, latest: LoggedEvent?
    ) {
        self.draft = draft
        self.position = position
        id = draft.id ?? EventID.text(epoch: epoch, position)
        self.publisher = publisher
        time = clock.time
        // Workers' clocks are of the same kind, and a few milliseconds apart.
        arrival = max(clock.now, latest?.arrival ?? .min)
        latestTime = max(clock.time, latest?.latestTime ?? .min)
    }

    /// An event that a log kept elsewhere.
    ///
    /// - Parameters:
    ///   - draft: what the publisher said of it.
    ///   - position: its place.
    ///   - epoch: the epoch in which it was committed.
    ///   - publisher: who published it.
    ///   - clock: the time of its arrival, on the log's own clocks.
    package convenience init(
        _ draft: Draft, position: Position, epoch: String, publisher: String?, clock: Clock
    ) {
        self.init(draft, position: position, epoch: epoch, publisher: publisher, clock: clock, latest: nil)
    }

    /// About how many bytes the log spends on it, its own bookkeeping included.
    package var footprint: Int { draft.size + 320 + 48 * draft.topics.count }
}

/// Events that were committed together, as each worker gets them, and their bytes, which are made once for all.
package final class Batch: Sendable {
    /// The events, by rising position.
    package let events: [LoggedEvent]
    /// What an inbox's streams are subscribed to from here on; then there are no events.
    package let inbox: InboxTopics?
    private let rendered = AtomicLazyReference<FrameBuffer>()

    /// Puts events together.
    package init(_ events: [LoggedEvent]) {
        self.events = events
        inbox = nil
    }

    /// A place between events, at which the topics of an inbox change.
    package init(_ inbox: InboxTopics) {
        events = []
        self.inbox = inbox
    }

    /// The frames of all events, in the same order; made by whoever asks first. Of two that ask at once both may make
    /// them: one wins.
    var frames: FrameBuffer { rendered.load() ?? rendered.storeIfNil(FrameBuffer(events)) }
}
