// Owns what is remembered of a stream. What few of them need is in the detail: an idle one must stay small.

package import TimerWheel

/// The name of an open stream: a place in the board's table, and which of its tenants is meant.
package struct StreamHandle: Hashable, Sendable {
    let slot: Int32
    let generation: UInt32

    /// The handle as one number, for an output to keep beside its connection.
    package var bits: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: slot)) }

    /// The handle that `bits` gave.
    package init(bits: UInt64) {
        slot = Int32(truncatingIfNeeded: bits)
        generation = UInt32(truncatingIfNeeded: bits >> 32)
    }

    init(slot: Int32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

/// What the board knows of one stream. Kept small: there are very many, and nearly all are idle.
struct StreamState {
    enum Phase: UInt8 {
        /// The slot is free.
        case vacant
        /// The log is asked where to start.
        case locating
        /// It is sent what the log holds.
        case replaying
        /// It follows its channel.
        case live
        /// It is sent its last bytes.
        case ending
    }

    var phase = Phase.vacant
    /// Whether it is written on its own, and not with its channel: it owes bytes of its own or lags behind.
    var isDetached = false
    /// Whether its socket was full, so that the output will call.
    var isWaiting = false
    /// Whether its last write was taken in part only. Unlike `isWaiting` it holds until all is taken.
    var isBehind = false
    /// Whether it is on the list of those to look at in this turn.
    var isDirty = false
    /// Whether it may be sent nothing from a time on.
    var expires = false
    /// Whether it ends at a time though it might go on.
    var timesOut = false
    /// Whether somebody wants to know when it is over.
    var isWatched = false
    var generation: UInt32 = 0
    var channel: Int32 = -1
    /// Its place among the members of its channel; -1 before it is live.
    var member: Int32 = -1
    var sink: Sink = 0
    /// Its number, never used again.
    var serial = 0
    var openedAt: Milliseconds = 0
    /// How far it has read of its channel; only while detached.
    var cursor = 0
    /// The channel's offset up to which what it owes does not count as too much: it came before the socket was full.
    var excused = 0
    /// The last position that a block of its own told it.
    var told: Position = 0
    /// When bytes last moved, or began to wait.
    var moved: Milliseconds = 0
    /// Bytes that are for it alone, and go first.
    var own: [UInt8] = []
    /// How many of them are gone.
    var ownSent = 0
    var user: String?
    /// What is let go of with the stream.
    var lease: AnyObject?
    /// What few streams need.
    var detail: StreamDetail?
}

/// What a stream needs while it starts, catches up or ends.
final class StreamDetail {
    /// The last position that it has been sent, or that needs no sending.
    var cursor: Position = 0
    /// Where it wanted to start, and until when it is not told.
    var start = Start.now
    /// About how many bytes of history it gets next.
    var pageBytes: Int
    /// Whether the log was asked and has not answered.
    var isReading = false
    /// The pages of history among its own bytes.
    var pages: [Page] = []
    /// Why it ends, and whether its client may come back.
    var end = (reason: StreamEnd.gone, allowsReconnect: true)
    /// The channel's offset at which it ends.
    var endOffset = 0
    /// Its last bytes.
    var farewell: [UInt8] = []
    var farewellSent = 0

    /// A page of history: where it begins, and the position before its events.
    struct Page {
        let start: Int
        let before: Position
    }

    init(_ rules: StreamRules) { pageBytes = rules.pageBytes }
}

/// An open stream, as the board tells of it.
package struct StreamSummary: Sendable {
    /// Its number, never used again on its worker.
    package let serial: Int
    /// The connection that carries it.
    package let sink: Sink
    /// Whose it is, if anyone said.
    package let user: String?
    /// What it is subscribed to, as far as it may be read.
    package let patterns: [TopicPattern]
    /// Since when, in milliseconds since 1970 UTC.
    package let openedAt: Milliseconds
    /// Bytes that wait for its reader.
    package let bytesBehind: Int
}
