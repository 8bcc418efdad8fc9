package import TimerWheel

/// The streams of one worker, and what is due to each.
///
/// It is told what happens (an event was committed, a stream opened, a socket has room), and in `settle` it hands each
/// connection, in one write, all that is due to it. It touches no socket and no clock, and never waits. It belongs to
/// its worker's thread.
@safe
package struct Board: ~Copyable {
    /// The rules for its streams.
    let rules: StreamRules
    let epoch: String
    /// The position of the last event that came from the log.
    package internal(set) var tail: Position
    /// What the log is to be asked; the worker takes it from here and brings the answers back.
    var questions: [LogQuestion] = []
    /// What the log could not answer, and when it is asked again, the earliest first.
    var postponed: [(question: LogQuestion, due: Milliseconds)] = []

    var streams: [StreamState] = []
    var vacantStreams: [Int32] = []
    var channels: [Channel] = []
    var vacantChannels: [Int32] = []
    var channelOf: [Subscription: Int32] = [:]
    /// The channels of inboxes, by whose they are.
    var inboxChannels: [InboxUser: [Int32]] = [:]
    /// Which channels want which topics.
    var matcher = TopicMatcher()
    var dirtyChannels: [Int32] = []
    var dirtyStreams: [Int32] = []
    var wheel: TimerWheel
    /// When streams expire or time out, and how often those that are open will.
    var expiries = ExpiryQueue()
    var expiring = 0
    /// The watched streams that are over and not told of.
    var closed: [(lease: AnyObject, reason: StreamEnd)] = []
    var random: SplitMix64
    var serial = 0
    /// The frames of the present event in presentations other than plain.
    var presented: [(presentation: Presentation, position: Position, shown: UInt64, frames: FrameBuffer)] = []
    /// Lists that are filled and emptied in every turn, kept for their memory.
    // SAFETY: emptied before each use; what it points to is not looked at outside of one.
    var pieces: [Piece] = unsafe []
    var due: [Int32] = []
    /// The tail when the streams were last looked over for ids that grow old.
    var refreshedAt: Position = 0

    /// Makes a board without streams.
    ///
    /// - Parameters:
    ///   - rules: the rules for its streams.
    ///   - epoch: the log's epoch.
    ///   - tail: the last position before the first batch that it will be given.
    ///   - seed: for the jitter.
    ///   - now: the time.
    package init(rules: StreamRules, epoch: String, tail: Position, seed: UInt64, now: Milliseconds) {
        self.rules = rules
        self.epoch = epoch
        self.tail = tail
        random = SplitMix64(seed: seed)
        wheel = TimerWheel(resolution: max(1, min(50, rules.heartbeat / 16)), now: now)
    }

    /// How many streams are open.
    package var streamCount: Int { streams.count - vacantStreams.count }

    /// Whether `settle` has something to do.
    package var isUnsettled: Bool { !dirtyChannels.isEmpty || !dirtyStreams.isEmpty }

    /// When `tick` is next worth calling; `nil` while there is no stream.
    package var nextTick: Milliseconds? {
        var next = wheel.nextVisit
        if let due = postponed.first?.due { next = min(due, next ?? due) }
        if let due = expiries.next { next = min(due, next ?? due) }
        return next
    }
}

/// The rules by which streams are kept.
package struct StreamRules: Sendable {
    /// A comment is sent on a stream that was idle this long.
    package var heartbeat: Milliseconds
    /// The middle of the `retry:` that streams are told.
    package var retry: Milliseconds
    /// The most `retry:` that streams are told on drain.
    package var drainRetry: Milliseconds
    /// A stream is reset when more bytes of live events wait for its reader.
    package var slowBytes: Int
    /// A stream is reset when nothing that waits has moved for this long.
    package var slowAge: Milliseconds
    /// About how many bytes of history are read at a time; up to four times as many for a reader that takes them at once.
    package var pageBytes = 32 << 10

    /// How many events the log keeps, if it lets go of them by count: a quiet stream is told the present id when it
    /// has missed half of them.
    package var refreshWindow: Int?

    /// Puts the rules together.
    package init(
        heartbeat: Milliseconds, retry: Milliseconds, drainRetry: Milliseconds, slowBytes: Int, slowAge: Milliseconds,
        refreshWindow: Int? = nil
    ) {
        self.refreshWindow = refreshWindow
        self.heartbeat = heartbeat
        self.retry = retry
        self.drainRetry = drainRetry
        self.slowBytes = slowBytes
        self.slowAge = slowAge
    }
}

/// What a board wants to know of the log for one of its streams.
package enum LogQuestion: Sendable {
    /// Where it starts.
    case locate(StreamHandle, LocateRequest)
    /// Whether and where its topics have ended.
    case ends(Subscription)
    /// What comes next.
    case read(StreamHandle, ReadRequest)
}

/// A small generator for jitter: the same seed gives the same numbers. Not for secrets.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts with a seed.
    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
