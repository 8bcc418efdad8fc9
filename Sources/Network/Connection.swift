// Owns one client's connection, from its first byte to the closing of its descriptor. Must never know what a request
// asks for.

import CLibuv
import HTTPMessage
import Proxies
import TLS
import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A connection. In HTTP/1.1 it reads one request after the other, hands each to the service, and sends the answers; one
/// that begins as HTTP/2 does is handed to `HTTP2Connection`.
///
/// It belongs to its loop's thread. While it is idle or carries a stream it holds no buffer.
package final class Connection {
    let fd: Int32
    let slot: Int32
    private let poll: UnsafeMutablePointer<uv_poll_t>
    /// The table forgets a connection that closes, and so they let go of each other.
    let table: Connections
    /// The TLS session that its bytes go through; nil if they go in clear, and when it is closed.
    var session: Session?
    /// Whether it speaks TLS.
    package let isSecure: Bool
    var stage = Stage.reading
    /// What the loop watches for: UV_READABLE, UV_WRITABLE.
    private var interest: Int32 = 0
    /// Whether what comes has to wait in the kernel: the next request does until the present one is answered.
    var isReadPaused = false { didSet { if isReadPaused != oldValue { watch() } } }
    /// Whether the socket did not take all that there was for it.
    var awaitsRoom = false { didSet { if awaitsRoom != oldValue { watch() } } }
    var reader: RequestReader?
    /// The body of the present request, if it is read while it comes.
    var incoming: IncomingBody?
    /// Whether the other side has said that it sends nothing more. It may be there all the same, and read.
    var isHalfClosed = false
    /// What works on the present request, if that is a task.
    var work: Task<Void, Never>?
    /// Bytes that came after the present request.
    var leftover: [UInt8] = []
    /// Bytes of answers that are not sent yet.
    var out: [UInt8] = []
    var outSent = 0
    var closesAfterAnswer = false
    var isDirty = false
    /// What it is once it speaks HTTP/2.
    var http2: HTTP2Connection?
    /// Whether there were more connections than allowed when it came.
    package let isSurplus: Bool
    /// The name of the stream that it carries, for the service.
    package var streamHandle: UInt64 = 0
    /// Whether another request may follow on the stream.
    var keepsRequests = false
    /// Whether the service's answer is wanted: the client is there, and has had none.
    package var awaitsAnswer: Bool { stage == .handling }
    /// Counts requests, so that an answer that comes late is not taken for another request's.
    package private(set) var requestNumber: UInt32 = 0

    enum Stage {
        /// Waits for a proxy to say whose connection it is.
        case announcing
        /// Waits for a request or reads one.
        case reading
        /// The service works on one.
        case handling
        /// The answer is on its way.
        case answering
        /// It carries a stream.
        case streaming
        /// It speaks HTTP/2, and carries many requests.
        case multiplexing
        /// All is sent, or about to be; what still comes in is thrown away, so that the end of the answer is not lost to a reset.
        case lingering
        case closed
    }

    init(
        fd: Int32, slot: Int32, table: Connections, isSurplus: Bool, session: Session?
    ) throws(NetworkError) {
        self.fd = fd
        self.slot = slot
        self.table = table
        self.isSurplus = isSurplus
        self.session = session
        isSecure = session != nil
        poll = .allocate(capacity: 1)
        let status = uv_poll_init(table.loop.loop, poll, fd)
        guard status == 0 else {
            poll.deallocate()
            throw NetworkError(status, "a connection cannot be watched")
        }
        uv_handle(raw(poll)).pointee.data = Unmanaged.passUnretained(self).toOpaque()
        watch()
    }

    /// The address of the other side.
    var peer: ClientAddress? { SocketAddress.of { getpeername(fd, $0, $1) }?.client }

    /// The name under which a stream's bytes find it: the table's slot, and the descriptor. Of those that do not go
    /// straight to the descriptor the latter looks negative.
    package var sink: UInt64 {
        let direct = UInt64(UInt32(bitPattern: slot)) << 32 | UInt64(UInt32(bitPattern: fd))
        return isSecure ? direct | 1 << 31 : direct
    }

    // MARK: - What the service does

    /// Sends an answer: head and body in full.
    ///
    /// - Parameters:
    ///   - bytes: all of it.
    ///   - closing: whether the connection ends after it.
    package func answer(_ bytes: [UInt8], closing: Bool) {
        guard stage == .handling else { return }
        table.answersHeld += bytes.count
        if out.isEmpty { out = bytes } else { out += bytes }
        stage = .answering
        work = nil
        if closing { closesAfterAnswer = true }
        dropBody()
        table.soil(self)
    }

    /// Has a task go by the client of the present request: it is cancelled when that goes.
    func tie(_ task: Task<Void, Never>) {
        guard stage == .handling else {
            task.cancel()
            return
        }
        work = task
        if isHalfClosed { table.setDeadline(of: self, in: table.limits.halfClosed) }
        watch()
    }

    /// Hands the connection, which must await an answer, to a stream: from now on its bytes come from the output.
    ///
    /// - Parameters:
    ///   - handle: the name of the stream, for the service.
    ///   - keepingRequests: whether another request may follow on it; if not, what the client says meanwhile is nothing.
    package func becomeStream(_ handle: UInt64, keepingRequests: Bool = false) {
        precondition(
            stage == .handling, "a stream without its connection would write to whoever has the descriptor next")
        stage = .streaming
        work = nil
        streamHandle = handle
        keepsRequests = keepingRequests
        if isTakingBody {
            // Who makes the stream may read on meanwhile.
            resumeBody()
            return
        }
        if !keepingRequests { leftover = [] }
        table.release(&reader)
        table.cancelDeadline(of: self)
        isReadPaused = false
    }

    /// Takes what was to be sent before the answer and is not sent yet.
    package func takeUnsent() -> [UInt8] {
        let rest = Array(out[outSent...])
        letGoOfAnswers()
        return rest
    }

    /// The last byte of a stream was taken, after which another request may follow.
    func finishBody() {
        guard stage == .streaming else { return }
        stage = .answering
        closesAfterAnswer = mustEnd
        dropBody()
        // The session may have some of it yet.
        table.setDeadline(of: self, in: table.limits.answer)
        table.soil(self)
    }

    // MARK: - Watching

    /// Has the loop watch for what is of use now. This alone says what that is, and others only say why: whoever changes
    /// the stage or what the session waits for has it look again.
    func watch() {
        // TLS itself has something to say before it can read on. Who lingers reads past it.
        let isHeldUp = session?.awaitsRoomToRead == true && stage != .lingering
        let readable = !isReadPaused && !isHeldUp
        let writable = awaitsRoom || isHeldUp && !isReadPaused
        var wanted = (readable ? Int32(UV_READABLE.rawValue) : 0) | (writable ? Int32(UV_WRITABLE.rawValue) : 0)
        // Whoever works on a request, reads its body or writes to it wants to know that the client is gone. Of one that has
        // ended its sending only a failure tells more, which comes whatever is watched for, if only something is.
        if wanted == 0, work != nil || isTakingBody || stage == .streaming || stage == .multiplexing {
            wanted = Int32(isHalfClosed ? UV_PRIORITIZED.rawValue : UV_DISCONNECT.rawValue)
        }
        guard wanted != interest, stage != .closed else { return }
        interest = wanted
        if wanted == 0 {
            uv_poll_stop(poll)
        } else {
            uv_poll_start(poll, wanted) { handle, status, events in
                Unmanaged<Connection>.fromOpaque(uv_handle(raw(handle!)).pointee.data).takeUnretainedValue()
                    .ready(status: status, events: events)
            }
        }
    }

    private func ready(status: Int32, events: Int32) {
        // The table holds the connection; this call outlives it when it closes itself.
        withExtendedLifetime(self) {
            if events & Int32(UV_WRITABLE.rawValue) != 0, session.map(hasRoom) ?? true {
                if stage == .streaming {
                    awaitsRoom = false
                    table.service.streamIsWritable(streamHandle)
                } else {
                    flush()
                }
            }
            // libuv has stopped watching by then: a connection that waits for room would wait for its deadline. And no client
            // of HTTP sends what is urgent.
            if status < 0 || events & Int32(UV_PRIORITIZED.rawValue) != 0 {
                close()
                return
            }
            if events & Int32(UV_READABLE.rawValue) != 0 { read() }
            // It may have sent all of the body before that, and more requests.
            if events & Int32(UV_DISCONNECT.rawValue) != 0 { becomeHalfClosed() }
        }
    }

    // MARK: - Ending

    /// Notes that a request begins to be worked on.
    func beginHandling() {
        // A deadline that is still set does nothing in this stage.
        stage = .handling
        requestNumber &+= 1
    }

    /// Closes at once. A stream's owner is told, unless it asked for it.
    func close(resetting: Bool = false, tellingService: Bool = true) {
        guard stage != .closed else { return }
        let wasStreaming = stage == .streaming
        stage = .closed
        let task = work.take()
        uv_poll_stop(poll)
        uv_close(uv_handle(raw(poll))) { handle in
            UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_poll_t.self).deallocate()
        }
        if resetting {
            Socket.reset(fd)
        } else {
            session?.close()
            closeDescriptor(fd)
        }
        session = nil
        letGoOfAnswers()
        partWithBody(.gone)
        table.release(&reader)
        table.remove(self)
        http2?.close(tellingService: tellingService)
        http2 = nil
        if wasStreaming && tellingService { table.service.streamIsGone(streamHandle) }
        task?.cancel()
    }

    /// Ends what is sent, and waits a little for the other side to end too.
    func linger() {
        guard stage != .closed else { return }
        stage = .lingering
        isReadPaused = false
        watch()
        http2?.close(tellingService: true)
        http2 = nil
        letGoOfAnswers()
        leftover = []
        partWithBody(.gone)
        table.release(&reader)
        if session?.hasUnsent == true { table.setDeadline(of: self, in: table.limits.answer) }
        endSending()
    }

    /// Ends what is sent, once the session has nothing left and its end is said, if there is one.
    func endSending() {
        if let session {
            switch session.end() {
            case nil: break
            case 0:
                awaitsRoom = true
                return
            default:
                close()
                return
            }
        }
        if shutdown(fd, Int32(SHUT_WR)) != 0 {
            close()
            return
        }
        awaitsRoom = false
        isReadPaused = false
        table.setDeadline(of: self, in: table.limits.linger)
    }
}
