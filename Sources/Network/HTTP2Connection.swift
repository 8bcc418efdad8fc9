// Owns what one connection of HTTP/2 carries: its session, its streams, and what goes to the socket. Must never call the
// service while the service writes, nor let one stream hold up another.

import HTTP2
import HTTPMessage
import TimerWheel

/// What a connection is once it speaks HTTP/2. It belongs to its loop's thread.
final class HTTP2Connection {
    /// Which owns this.
    unowned let connection: Connection
    private(set) var session: HTTP2Session!
    var streams: [Int32: HTTP2Stream] = [:]
    /// Event streams that could not be written because too much waits for the socket.
    private var blocked: [Int32] = []
    private var isBroken = false
    /// Whether it is to be flushed, as far as it knows: spares it the question.
    private var isSoiled = false
    /// `HTTP2Limits.output`, which every write of a stream looks at.
    private let mostOutput: Int
    /// How many requests' bodies are being received.
    var readingCount = 0
    private var isGoingAway = false
    /// Whether the other side knows which request is the last.
    private var isLeaving = false
    /// Whether nothing more is taken, whatever is open.
    private(set) var hasFailed = false
    /// Bytes of requests' bodies that are held for this connection.
    var bodyBytes = 0
    /// Bytes of answers that the table counts for this connection.
    private var heldBytes = 0
    /// Whether the other side sends nothing more.
    var isInputOver: Bool { times.inputEnded != nil }
    /// What the deadlines go by.
    var times: Times

    init(_ connection: Connection) throws(HTTP2Error) {
        self.connection = connection
        times = Times(connection.table.loop.now)
        mostOutput = connection.table.limits.http2.output
        session = try HTTP2Session(
            limits: connection.table.limits.http2, memory: connection.table.outputMemory, owner: self)
        soil()
    }

    var table: Connections { connection.table }
    var now: Milliseconds { table.loop.now }

    /// Whether no request is open.
    var isIdle: Bool { streams.isEmpty }

    /// Has the connection flushed at the end of the round.
    func soil() {
        isSoiled = true
        table.soil(connection)
    }

    /// Takes what the other side sent.
    func receive(_ bytes: UnsafeRawBufferPointer) {
        if hasFailed { return }
        session.receive(bytes, at: now)
        if !session.isInHead { times.headBegan = nil } else if times.headBegan == nil { times.headBegan = now }
        soil()
    }

    /// Ends the connection once what went wrong is said.
    private func fail(_ error: HTTP2Error) {
        hasFailed = true
        session.terminate(error.code)
        table.sessionFailed(on: connection, because: error)
        soil()
    }

    // MARK: - Event streams

    /// Sends bytes of an event stream: as many as there is room for. Within a write of the board's, so that nobody may be
    /// told of anything here.
    func write(_ pieces: BodyPieces, total: Int, of stream: HTTP2Stream) -> Int {
        if isBroken { return -1 }
        // Looked up once: this is the way of every event to every stream.
        let session = session!
        if session.outputCount >= mostOutput {
            // It may be that the round has only come far.
            send()
            if isBroken { return -1 }
            if session.outputCount >= mostOutput {
                // Streams may come and go while the socket is stuck.
                if blocked.count > 2 * streams.count { blocked.removeAll { streams[$0] == nil } }
                blocked.append(stream.id)
                return 0
            }
        }
        let taken = session.write(pieces, total: total, to: stream.id)
        if !isSoiled { soil() }
        return taken
    }

    /// Ends an event stream after its last byte.
    func finish(_ stream: HTTP2Stream) {
        stream.stage = .ending
        // What is left of the request nobody wants.
        partWithBody(of: stream, .gone)
        session.finish(stream.id)
        soil()
    }

    /// Ends an event stream at once.
    func reset(_ stream: HTTP2Stream) {
        stream.stage = .ending
        session.reset(stream.id, .cancel)
        soil()
    }

    // MARK: - The socket

    /// Sends what came up in this round, and tells who waits for room.
    func flush() {
        isSoiled = false
        sendAll()
        countHeld()
        if isBroken || isInputOver && !hasAnswersDue {
            connection.close()
            return
        }
        if !hasFailed, let failure = session.failure {
            fail(failure)
            return
        }
        if isGoingAway, session.hasUnendedRequests {
            // There is no time to wait for what nobody wants.
            session.dropUnendedRequests(all: true)
            sendAll()
        }
        if isGoingAway, !isLeaving, streams.isEmpty {
            isLeaving = true
            session.goAway()
            soil()
            return
        }
        offerRoom()
        let isSent = session.outputCount == 0 && !connection.hasBytesToSend
        if isSent, hasFailed || session.isOver || isLeaving && streams.isEmpty {
            connection.linger()
            return
        }
        if isInputOver || hasFailed { connection.isReadPaused = true }
        connection.awaitsRoom = !isSent
        setDeadline()
    }

    /// Makes frames and sends them, in turns, while the socket takes them.
    private func sendAll() {
        session.settle()
        while !isBroken {
            let waiting = session.outputCount
            if waiting == 0 { break }
            send()
            if session.outputCount == waiting { break }
            session.settle()
        }
    }

    private func send() {
        session.withOutput { bytes in
            let sent = connection.transmit(bytes)
            if sent < 0 { isBroken = true }
            if sent > 0 { times.moved = now }
            return max(0, sent)
        }
        if isBroken { soil() }
    }

    /// Has the event streams tried again that could not write, in the order in which they came.
    private func offerRoom() {
        guard session.outputCount < mostOutput else { return }
        var list: [Int32] = []
        swap(&list, &blocked)
        for id in list { hasRoom(id) }
    }

    /// Asks the other side to send no further request. The connection ends with those that are open.
    func goAway() {
        if isGoingAway { return }
        isGoingAway = true
        // With nothing open there is nothing to wait for: what is on its way may be sent to another hub.
        if !streams.isEmpty { session.announceEnd() }
        soil()
    }

    /// Takes no further request, and ends the connection with those that are open.
    func leave() {
        if isLeaving { return }
        (isGoingAway, isLeaving) = (true, true)
        session.goAway()
        soil()
    }

    /// The other side sends nothing more. Who follows a stream of events is gone by that; who waits for an answer gets it.
    func endInput() {
        times.inputEnded = now
        for stream in streams.values where !goesOn(stream) { session.reset(stream.id, .cancel) }
        soil()
    }

    /// Whether a request is whole, and something comes of it that has an end.
    private func goesOn(_ stream: HTTP2Stream) -> Bool {
        if stream.stage == .reading || stream.incoming?.isOpen == true { return false }
        return stream.stage != .streaming || table.service.streamGoesOn(stream.streamHandle)
    }

    /// A task works on a request.
    func noteWork() { if isInputOver { soil() } }

    /// Whether somebody waits for an answer, or for a part of one.
    private var hasAnswersDue: Bool {
        session.hasPendingAnswers || session.outputCount > 0 || connection.hasBytesToSend
            || streams.values.contains { $0.stage == .handling || $0.stage == .streaming }
    }

    // MARK: - Answers

    /// Answers a request in full.
    func answer(_ stream: HTTP2Stream, _ head: ResponseHead, date: [UInt8], length: Int?, body: [UInt8]) {
        session.respond(to: stream.id, head, date: date, length: length, body: body)
        countHeld()
        // There is room elsewhere, or on another connection, once there are fewer.
        if connection.isSurplus { leave() }
        soil()
    }

    /// Whether an answer of so many bytes can be held until it is taken. One alone can, as far as this connection goes.
    func canHold(_ count: Int) -> Bool {
        if fits(count) { return true }
        // It may be that the round has only come far.
        sendAll()
        countHeld()
        return fits(count)
    }

    private func fits(_ count: Int) -> Bool {
        heldBytes == 0 || heldBytes + count <= table.limits.http2.answers
    }

    private func countHeld() {
        table.answersHeld += session.heldBytes - heldBytes
        heldBytes = session.heldBytes
    }

    /// All streams are gone with their connection. Those of events are told, unless whoever closes knows.
    func close(tellingService: Bool) {
        table.answersHeld -= heldBytes
        heldBytes = 0
        let gone = streams
        streams = [:]
        for (_, stream) in gone { forget(stream, tellingService: tellingService) }
    }

    func forget(_ stream: HTTP2Stream, tellingService: Bool) {
        release(stream)
        partWithBody(of: stream, .gone)
        let wasStreaming = stream.stage == .streaming
        table.remove(stream)
        stream.forget()
        if wasStreaming && tellingService { table.service.streamIsGone(stream.streamHandle) }
    }
}
