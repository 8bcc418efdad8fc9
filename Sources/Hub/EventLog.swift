// Owns the words in which the board and a log speak. Nothing here may assume that a log is in memory, or answers at
// once.

package import TimerWheel

/// The ordered record of events: the one copy of the truth, of which everyone else is a reader.
///
/// A log may answer at once or later, on any thread; whoever asks takes the answer to its own thread. All that it
/// commits it hands to its followers, in the order of positions and with none left out. A question that it cannot answer
/// at present fails with `HubError.Code.unavailable`; it may be asked again.
package protocol EventLog: AnyObject, Sendable {
    /// The name of the present epoch, with which the ids of its events begin.
    var epoch: String { get }

    /// Adds what it can of some publications, each as a whole or not at all, and tells what became of each.
    ///
    /// - Parameters:
    ///   - publications: what to add, in this order.
    ///   - clock: the time of their arrival.
    ///   - completion: gets an outcome for each, in the same order, once it is certain.
    func append(
        _ publications: [Publication], at clock: Clock, completion: @escaping @Sendable ([PublishOutcome]) -> Void)

    /// Has every batch that is committed from now on handed to `receive`, which must be quick and not call the log,
    /// and tells the last position before the first of them.
    func follow(_ receive: @escaping @Sendable (Batch) -> Void) -> Position

    /// Finds where a stream starts; in several steps where one would be long.
    func locate(_ request: LocateRequest, completion: @escaping @Sendable (Result<Location, HubError>) -> Void)

    /// Reads some events that a stream has yet to get.
    func read(_ request: ReadRequest, completion: @escaping @Sendable (Result<ReadPage, HubError>) -> Void)

    /// Names topics that have events, in no order and perhaps more than once; in several steps where one would be long.
    /// Those that have events throughout are all named, unless retention is faster than the reader.
    ///
    /// - Parameters:
    ///   - range: names outside of it are left out.
    ///   - place: where the step begins: at the beginning, or where the step before told.
    ///   - last: the last position when the first step began; who comes later need not be named.
    ///   - completion: gets the names, and where the next step begins.
    func topics(
        in range: TopicRange, after place: TopicPlace, through last: Position,
        completion: @escaping @Sendable (Result<TopicStep, HubError>) -> Void)

    /// What is known of some topics, in their order; `nil` for one that has no events.
    func summaries(
        of topics: [TopicName], completion: @escaping @Sendable (Result<[TopicSummary?], HubError>) -> Void)

    /// Whether any topic may have ended: while none has, nobody needs to ask which.
    var hasEnds: Bool { get }

    /// Where topics ended, in their order: the position of the last event; `nil` for a topic that has not ended.
    func ends(of topics: [TopicName], completion: @escaping @Sendable (Result<[Position?], HubError>) -> Void)

    /// Changes an inbox, and tells when that is as certain as an event that was committed; or why it was not done. All
    /// that changes which topics are in an inbox is handed to the followers too, at its place between events.
    func change(_ change: InboxChange, completion: @escaping @Sendable (_ refusal: HubError?) -> Void)

    /// What is known of a user's inbox.
    func inbox(of user: InboxUser, completion: @escaping @Sendable (Result<Inbox, HubError>) -> Void)

    /// Counts events of some topics, in their order, without reading them.
    ///
    /// - Parameters:
    ///   - requests: the topics, and after which position their events count; no more than some hundred.
    ///   - last: later events do not count.
    func count(
        _ requests: [UnreadRequest], through last: Position,
        completion: @escaping @Sendable (Result<[UnreadCount], HubError>) -> Void)

    /// Finds the positions of the events that `count` counts, without reading them; in several steps where there are
    /// many. Tells too what is left to be found.
    func positions(
        of requests: [UnreadRequest], through last: Position,
        completion: @escaping @Sendable (Result<(found: [Position], left: [UnreadRequest]), HubError>) -> Void)

    /// The ids of events, in the order of their positions; no more than some hundred.
    func ids(at positions: [Position], completion: @escaping @Sendable (Result<[String], HubError>) -> Void)

    /// Lets go of what retention no longer keeps, in a step that is short. Tells whether there is more to let go.
    @discardableResult
    func expire(at clock: Clock) -> Bool

    /// The last position of which retention has used up half: who was told nothing later should be told something.
    func aging(at clock: Clock) -> Position

    /// The positions that are kept: empty, and just above the last one, when nothing is.
    var kept: Range<Position> { get }

    /// What is wrong with the log at present, and why, in words for an operator; `nil` while nothing is.
    var trouble: String? { get }

    /// Ends the log: what was given to it is committed or refused, and nothing is taken any more.
    func close()
}

extension EventLog {
    package var trouble: String? { nil }
    package func close() {}
}

/// What time it is, on the two clocks that matter.
package struct Clock: Sendable, Equatable {
    /// On the clock that never steps back: for order, age and expiry.
    package let now: Milliseconds
    /// In milliseconds since 1970 UTC: for people.
    package let time: Milliseconds

    /// Puts the two together.
    package init(now: Milliseconds, time: Milliseconds) {
        self.now = now
        self.time = time
    }
}

/// Where a stream wants to start.
package enum Start: Sendable, Equatable {
    /// After the last event there is.
    case now
    /// After the event of this id, as the client gave it.
    case after(String)
    /// With the earliest event that is kept.
    case earliest
    /// With the last so many events that match.
    case last(Int)
    /// With the events of the last so many milliseconds.
    case ago(Milliseconds)
    /// With the events since a time, in milliseconds since 1970 UTC.
    case since(Milliseconds)
    /// After a position that was found before, and with what is known to be missing there.
    case at(Position, Gap?)
}

/// A stream's wish to start somewhere.
package struct LocateRequest: Sendable, Equatable {
    /// What it gets.
    package let filter: EventFilter
    /// Where it wants to start.
    package let start: Start
    /// The last position that counts as there.
    package let through: Position
    /// The time of asking.
    package let clock: Clock
    /// How far the log has come, when it answers in steps.
    package var progress: Progress?

    /// How far the search for the last so many events has come.
    package struct Progress: Sendable, Equatable {
        /// All after this position was looked at.
        package var end: Position
        /// How many are yet to be found.
        package var left: Int
        /// The position before the first that was found.
        package var found: Position

        /// Puts the parts together.
        package init(end: Position, left: Int, found: Position) {
            self.end = end
            self.left = left
            self.found = found
        }
    }

    /// Puts the parts together.
    package init(filter: EventFilter, start: Start, through: Position, clock: Clock) {
        self.filter = filter
        self.start = start
        self.through = through
        self.clock = clock
    }
}

/// Where a stream starts.
package struct Location: Sendable, Equatable {
    /// It gets what comes after this position.
    package let cursor: Position
    /// What is missing, if the start that was asked for cannot be had.
    package let gap: Gap?
    /// What to ask next, if this was only a step and the rest of the answer is yet to be found.
    package let next: LocateRequest?

    /// Puts the parts together.
    package init(cursor: Position, gap: Gap? = nil, next: LocateRequest? = nil) {
        self.cursor = cursor
        self.gap = gap
        self.next = next
    }
}

/// History that a stream asked for and cannot have.
package struct Gap: Sendable, Equatable {
    /// The id after which it wanted to go on.
    package let requested: String
    /// Why it cannot.
    package let reason: Reason

    /// Why history is missing.
    package enum Reason: String, Sendable {
        /// Retention let go of it.
        case expired
        /// The id is of an epoch that the log does not know.
        case epoch
        /// The log does not know the id.
        case unknown
    }

    /// Puts the two together.
    package init(requested: String, reason: Reason) {
        self.requested = requested
        self.reason = reason
    }

    /// Whether the stream is sent again what it may have had.
    package var repeats: Bool { reason != .expired }
}

/// A wish for events.
package struct ReadRequest: Sendable {
    /// Which ones.
    package let filter: EventFilter
    /// After this position.
    package let after: Position
    /// Up to and with this one.
    package let through: Position
    /// At most so many.
    package let events: Int
    /// And no more once they have so many bytes.
    package let bytes: Int
    /// Whether blocks of the event stream do as well as events: for who shows events as they were published.
    package let takesBlocks: Bool

    /// Puts the parts together.
    package init(
        filter: EventFilter, after: Position, through: Position, events: Int, bytes: Int, takesBlocks: Bool = false
    ) {
        self.filter = filter
        self.takesBlocks = takesBlocks
        self.after = after
        self.through = through
        self.events = events
        self.bytes = bytes
    }
}

/// Some events that were asked for; perhaps none, with more to come.
package struct ReadPage: Sendable {
    /// The events, by rising position.
    package let events: [LoggedEvent]
    /// In their place, if that was allowed and is less work: a block for each as it was published, one after the other.
    package let blocks: [UInt8]
    /// All that matches up to this position is in the page or was before it.
    package let cursor: Position
    /// The position before the earliest that is kept, if what came after the one asked for is gone.
    package let lostThrough: Position?

    /// Puts the parts together.
    package init(events: [LoggedEvent], blocks: [UInt8] = [], cursor: Position, lostThrough: Position?) {
        self.events = events
        self.blocks = blocks
        self.cursor = cursor
        self.lostThrough = lostThrough
    }
}

/// How far a list of topics has come that is read in steps. Whoever reads it brings it back: the log remembers nothing.
package enum TopicPlace: Sendable, Equatable {
    /// Nowhere yet.
    case beginning
    /// All names are told of the events up to a position.
    case position(Position)
    /// All names up to this one are told.
    case name(String)
}

/// A step of a list of topics.
package struct TopicStep: Sendable {
    /// Names of topics, in no order and perhaps more than once.
    package let topics: [TopicName]
    /// Where the next step begins; `nil` when this was the last.
    package let next: TopicPlace?

    /// Puts the two together.
    package init(topics: [TopicName], next: TopicPlace?) {
        self.topics = topics
        self.next = next
    }
}

/// A topic's events, counted.
package struct TopicSummary: Sendable {
    /// The topic.
    package let topic: TopicName
    /// How many events of it are kept.
    package let events: Int
    /// The id of the last of them.
    package let lastID: String

    /// Puts the parts together.
    package init(topic: TopicName, events: Int, lastID: String) {
        self.topic = topic
        self.events = events
        self.lastID = lastID
    }
}
