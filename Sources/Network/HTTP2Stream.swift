// Owns one request of a connection of HTTP/2, and the answer or the stream that it became. Kept small: there may be very
// many. Must never reach the session once the stream is gone.

import HTTP2
package import HTTPMessage
import TimerWheel

/// A request on a stream of HTTP/2. It belongs to its connection's thread.
package final class HTTP2Stream {
    let id: Int32
    let slot: Int32
    /// Gone once the stream is.
    private(set) var connection: HTTP2Connection?
    var stage = Stage.reading
    /// Whether its answer has no body, whatever the answer.
    var isBare = false
    /// When it began, in milliseconds, as far as these bits tell.
    private let began: UInt32
    /// What is read of the request, until it is whole.
    var request: PendingRequest?
    /// The body of the request, if it is read while it comes.
    var incoming: IncomingBody?
    /// What works on the request, if that is a task.
    private(set) var work: Task<Void, Never>?
    /// The name of the event stream that it carries, for the service.
    package fileprivate(set) var streamHandle: UInt64 = 0

    enum Stage {
        /// The body comes in.
        case reading
        /// The service works on it.
        case handling
        /// It carries an event stream.
        case streaming
        /// What is left of it is the session's.
        case ending
    }

    /// A request whose body is yet to come.
    final class PendingRequest {
        let head: RequestHead
        var body: [UInt8] = []
        let began: Milliseconds
        var moved: Milliseconds

        init(_ head: RequestHead, at now: Milliseconds) {
            self.head = head
            began = now
            moved = now
        }
    }

    init(_ id: Int32, slot: Int32, on connection: HTTP2Connection, at now: Milliseconds) {
        self.id = id
        self.slot = slot
        self.connection = connection
        began = UInt32(truncatingIfNeeded: now)
    }

    /// How long it has been open. It is too little for one that is very old, once in seven weeks.
    func age(at now: Milliseconds) -> Milliseconds {
        Milliseconds(UInt32(truncatingIfNeeded: now) &- began)
    }

    /// The name under which its bytes find it: the table's slot, the mark of HTTP/2, and its number.
    package var sink: UInt64 { UInt64(UInt32(bitPattern: slot)) << 32 | Self.mark | UInt64(id) & (Self.mark - 1) }

    /// Tells the sink of a stream from that of a connection, whose descriptor is never so large.
    static let mark: UInt64 = 1 << 30

    /// Whether the service's answer is wanted.
    package var awaitsAnswer: Bool { stage == .handling && connection != nil }
    /// Whether its connection is one too many.
    package var isSurplus: Bool { connection?.connection.isSurplus ?? false }
    /// Whether its connection speaks TLS.
    package var isSecure: Bool { connection?.connection.isSecure ?? false }
    /// Answers in full.
    ///
    /// - Parameters:
    ///   - head: the status and the fields.
    ///   - date: the value of the field Date.
    ///   - length: the length of the body, or what it would be but for HEAD; `nil` where nobody knows it.
    ///   - body: the body; empty for none.
    package func answer(_ head: ResponseHead, date: [UInt8], length: Int?, body: [UInt8]) {
        guard awaitsAnswer, let connection else { return }
        stage = .ending
        work = nil
        // What is left of the body nobody wants.
        connection.partWithBody(of: self, .gone)
        connection.answer(self, head, date: date, length: length, body: isBare ? [] : body)
    }

    /// Has a task go by the client: it is cancelled when that goes.
    func tie(_ task: Task<Void, Never>) {
        guard awaitsAnswer, let connection else {
            task.cancel()
            return
        }
        work = task
        connection.noteWork()
    }

    /// Begins a stream, or a body of a known length, with its head: its bytes come from the output.
    package func beginStream(_ head: ResponseHead, date: [UInt8], length: Int?) {
        guard awaitsAnswer, let connection else { return }
        connection.session.beginStream(id, head, date: date, length: length)
        connection.soil()
    }

    /// Hands the request, which must await an answer, to an event stream.
    package func becomeStream(_ handle: UInt64) {
        precondition(stage == .handling, "a stream without its request would write to nobody")
        stage = .streaming
        work = nil
        streamHandle = handle
    }

    /// The stream is gone.
    func forget() {
        stage = .ending
        connection = nil
        work.take()?.cancel()
    }
}
