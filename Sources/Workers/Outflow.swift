// Owns what is known of one response while a program writes it: what is on its way to the socket, and how it is to end.
// It belongs to its worker's thread.

import Admission
import Answers
import EventStream
import HTTPMessage
import Hub
import TimerWheel

/// A response that a program writes, as its worker sees it.
final class Outflow {
    let handle: OutflowHandle
    let pipe: OutflowPipe
    /// Where its bytes go.
    let sink: Sink
    /// How they stand there.
    let framing: BodyStart
    /// What there is beyond that for an event stream.
    let events: EventStreamPart?
    /// The path that was asked for, for the log.
    let path: String
    /// Its stream, as it is told of to those who want to know.
    var watch: StreamWatch?
    /// Is called when it is over, if nobody watches it as a stream.
    let notice: CloseNotice?
    /// What writes it.
    var task: Task<Void, Never>?

    /// Whether it is on the list of those to look at in this turn.
    var isDirty = false
    /// Whether its socket was full, so that the output will call.
    var isWaiting = false
    /// Whether its last write was taken in part only. Unlike `isWaiting` it holds until all is taken.
    var isBehind = false
    /// How long it is kept when nothing moves: its client sends nothing more, and may have gone. Nil if it does send.
    var patience: Milliseconds?
    /// When bytes last moved, or began to wait.
    var moved: Milliseconds
    /// The head of the response, until it goes out.
    private var head: [UInt8]
    /// Bytes of the server's own that go out before what the program writes next.
    var own: [UInt8] = []
    /// What goes out before the program's bytes, those, and what comes after them; and how much of all that is gone.
    private(set) var parts: (head: [UInt8], content: [UInt8], tail: [UInt8]) = ([], [], [])
    private(set) var sent = 0
    /// Whether the parts are its last.
    var isAtEnd = false
    /// Why it ends, once it does.
    private(set) var end: (reason: StreamCloseReason, farewell: [UInt8])?

    /// What an event stream is beyond a body.
    struct EventStreamPart {
        /// Its number on its worker, which no other stream has had.
        let serial: Int
        let user: String?
        let opened: Milliseconds
        /// The middle of the `retry:` that it is told.
        let retry: Milliseconds
        /// Is let go of with the stream.
        let lease: StreamLease?
    }

    init(
        _ handle: OutflowHandle, _ pipe: OutflowPipe, to sink: Sink, framing: BodyStart, events: EventStreamPart?,
        path: String, notice: CloseNotice?, at now: Milliseconds
    ) {
        self.handle = handle
        self.pipe = pipe
        self.sink = sink
        self.framing = framing
        self.events = events
        self.path = path
        self.notice = notice
        moved = now
        head = framing.bytes
    }

    /// How many bytes are yet to be taken by the socket.
    var due: Int { parts.head.count + parts.content.count + parts.tail.count - sent }

    /// How many of them are content.
    var contentDue: Int { min(parts.content.count, max(0, parts.head.count + parts.content.count - sent)) }

    /// Puts together what goes out next; nothing may be due. With `isLast` nothing comes after it.
    func compose(_ bytes: [UInt8], isLast: Bool) {
        var before: [UInt8] = []
        swap(&before, &head)
        var content = bytes
        if !own.isEmpty {
            content = own + bytes
            own = []
        }
        var tail: [UInt8] = []
        if framing.isChunked {
            if !content.isEmpty {
                ChunkEncoding.appendSize(content.count, to: &before)
                tail = ChunkEncoding.dataEnd
            }
            if isLast { tail += ChunkEncoding.last }
        }
        isAtEnd = isLast
        parts = (before, content, tail)
        sent = 0
    }

    /// Notes that the socket took so many bytes.
    func consume(_ count: Int) {
        sent += count
        if due > 0 { return }
        parts = ([], [], [])
        sent = 0
    }

    /// Lets it end after what was written. The first to say so says why.
    func end(_ reason: StreamCloseReason, farewell: [UInt8] = []) {
        if end != nil { return }
        end = (reason, farewell)
        pipe.close(reason)
        task?.cancel()
    }
}
