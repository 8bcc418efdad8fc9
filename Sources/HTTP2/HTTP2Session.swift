// Owns the frames of one connection, on nghttp2: bytes in, requests and bytes out. No I/O, and no memory that grows with
// what the other side does beyond its limits. What it calls must not call it back but to answer.

import CNGHTTP2
package import HTTPMessage

/// What becomes of the requests of a session. All of it is called while `receive` lasts, or by `settle`.
package protocol HTTP2SessionOwner: AnyObject {
    /// The head of a request is there.
    ///
    /// - Parameters:
    ///   - head: its text as HTTP/1.1 has it (RFC 9113, section 8.3.1), for the same reader that those go through; or what
    ///     is wrong with it.
    ///   - stream: the request's stream.
    ///   - isHead: whether the method is HEAD, whose answers have no body.
    ///   - hasBody: whether a body follows.
    func received(head: Result<[UInt8], MessageError>, of stream: Int32, isHead: Bool, hasBody: Bool)
    /// Some of a request's body.
    ///
    /// - Returns: whether there is room for as much again. If not, the owner says by `giveBack` when there is.
    func received(body: UnsafeRawBufferPointer, of stream: Int32) -> Bool
    /// A request's body is whole.
    func receivedEnd(of stream: Int32)
    /// A stream whose window was closed can take bytes.
    func hasRoom(_ stream: Int32)
    /// A stream is gone, whoever ended it.
    ///
    /// - Returns: whether it was young: a stream that is reset so soon counts against `HTTP2Limits.resets`.
    func closed(_ stream: Int32) -> Bool
}

/// The server's side of one connection of HTTP/2 (RFC 9113). It belongs to one thread.
package final class HTTP2Session {
    private var session: OpaquePointer?
    /// Which has the session, and outlives it. A weak reference would make each count of it cost three times as much.
    unowned let owner: any HTTP2SessionOwner
    let limits: HTTP2Limits
    let memory: OutputMemory
    // Arrays and numbers that are used for a moment and call nothing back: there is nothing to check at run time.
    /// What is to be sent, in order; without memory while there is nothing.
    @exclusivity(unchecked) var output: [UInt8] = []
    /// What `write` was given, while it lasts.
    @exclusivity(unchecked) var source = BodySource()
    @exclusivity(unchecked) var answers = PendingAnswers()
    /// Streams whose answer is out in full.
    @exclusivity(unchecked) var answered: [Int32] = []
    var unended = UnendedRequests()
    /// What is to be told by `settle`.
    var roomy: [Int32] = []
    var gone: [Int32] = []
    var head = HeadText()
    var isReceiving = false
    @exclusivity(unchecked) var conduct: Conduct
    /// Why the session cannot go on, once it cannot. It is then for the owner to `terminate` it.
    package var failure: HTTP2Error? { conduct.failure }

    /// Begins a session.
    ///
    /// - Parameters:
    ///   - limits: what it allows the other side.
    ///   - memory: for what it sends; of the thread that it belongs to.
    ///   - owner: what becomes of requests; it keeps the session, and not the other way round.
    package init(
        limits: HTTP2Limits, memory: OutputMemory, owner: any HTTP2SessionOwner
    ) throws(HTTP2Error) {
        self.limits = limits
        self.memory = memory
        self.owner = owner
        conduct = Conduct(limits)
        var made: OpaquePointer?
        guard Self.makeSession(&made, limits, Unmanaged.passUnretained(self).toOpaque()) == 0, let made else {
            throw HTTP2Error(.internalError, "a session cannot be made")
        }
        session = made
        let settings = limits.settings
        guard nghttp2_submit_settings(made, UInt8(NGHTTP2_FLAG_NONE.rawValue), settings, settings.count) == 0,
            nghttp2_session_set_local_window_size(
                made, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Int32(limits.connectionWindow)) == 0
        else { throw HTTP2Error(.internalError, "a session cannot be begun") }
    }

    deinit { nghttp2_session_del(session) }

    // MARK: - What comes in

    /// Takes what the other side sent. Whether it may go on is then in `failure`.
    ///
    /// - Parameters:
    ///   - bytes: what came.
    ///   - now: the time in milliseconds, on a clock that never steps back.
    package func receive(_ bytes: UnsafeRawBufferPointer, at now: Int) {
        guard failure == nil else { return }
        conduct.now = now
        isReceiving = true
        let used = nghttp2_session_mem_recv(
            session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        isReceiving = false
        // What ended a callback of ours has its reason already.
        if used < 0 { conduct.fail(HTTP2Error(Int32(used))) }
        // What is due to somebody who reads nothing must not pile up, whatever it is.
        if nghttp2_session_get_outbound_queue_size(session) > 2 * limits.streams + limits.unansweredFrames {
            conduct.fail(HTTP2Error(Int32(NGHTTP2_ERR_FLOODED.rawValue)))
        }
    }

    /// Opens the window of a stream again by so many bytes of its body.
    package func giveBack(_ count: Int, of stream: Int32) { nghttp2_session_consume_stream(session, stream, count) }

    /// Opens the window of the connection again by so many bytes of any body.
    package func giveBack(_ count: Int) { nghttp2_session_consume_connection(session, count) }

    /// Whether the other side has begun as it has to.
    package internal(set) var hasBegun = false

    /// Whether a request's head has begun to come and is not whole.
    package var isInHead: Bool { head.stream != 0 }

    /// The request's head takes too long.
    package func giveUpHead() { conduct.fail(HTTP2Error(.enhanceYourCalm, "it does not end a head in time")) }

    /// Whether the other side, or this one, has ended the session, so that nothing more will come or go.
    package var isOver: Bool { nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0 }

    // MARK: - What goes out

    /// Answers a request in full.
    ///
    /// - Parameters:
    ///   - stream: the request's stream.
    ///   - head: the status and the fields.
    ///   - date: the value of the field Date.
    ///   - length: the length of the body, or what it would be but for HEAD; `nil` where nobody knows it.
    ///   - body: the body; empty for none.
    package func respond(to stream: Int32, _ head: ResponseHead, date: [UInt8], length: Int?, body: [UInt8]) {
        let fields = HeaderList(head, date: date, length: length)
        if body.isEmpty {
            submit(fields, to: stream, provider: nil)
        } else {
            answers.add(body, of: stream)
            var provider = nghttp2_data_provider(source: nghttp2_data_source(), read_callback: readBody)
            submit(fields, to: stream, provider: &provider)
        }
    }

    /// Begins an answer whose body comes by `write`; of a length, if that is known.
    package func beginStream(_ stream: Int32, _ head: ResponseHead, date: [UInt8], length: Int? = nil) {
        var provider = nghttp2_data_provider(source: nghttp2_data_source(), read_callback: readBody)
        submit(HeaderList(head, date: date, length: length), to: stream, provider: &provider)
    }

    /// Tells a client that waits for it to send its body (RFC 9110, section 10.1.1).
    package func sayContinue(to stream: Int32) {
        HeaderList(status: 100).withUnsafeNames { names, count in
            _ = nghttp2_submit_headers(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, nil, names, count, nil)
        }
    }

    private func submit(
        _ fields: HeaderList, to stream: Int32, provider: UnsafeMutablePointer<nghttp2_data_provider>?
    ) {
        fields.withUnsafeNames { names, count in
            // A stream that is gone by now takes no answer.
            if nghttp2_submit_response(session, stream, names, count, provider) != 0 { answers.forget(stream) }
        }
    }

    /// Whether answers, or the ends of streams, wait for their windows.
    package var hasPendingAnswers: Bool { !answers.isEmpty }

    /// Bytes of answers that are held until they are sent.
    package var heldBytes: Int { answers.held }

    /// Ends the streams whose answers have not moved since this was last called.
    package func dropStalledAnswers() { for stream in answers.stalled() { reset(stream, .cancel) } }

    /// Sends bytes of a stream that `beginStream` began, as many as its window, the connection's and the output allow.
    ///
    /// - Returns: how many it took. If it took fewer than all, the owner is told by `hasRoom` when there is room; it must
    ///   then offer the rest.
    package func write(_ pieces: BodyPieces, total: Int, to stream: Int32) -> Int {
        guard output.count < limits.output else { return 0 }
        source = BodySource(pieces, total: total, stream: stream)
        nghttp2_session_resume_data(session, stream)
        pump()
        let taken = source.taken
        source = BodySource()
        return taken
    }

    /// Ends a stream's body, after what was written.
    package func finish(_ stream: Int32) {
        // One that is gone by now has ended.
        guard nghttp2_session_get_stream_local_close(session, stream) == 0 else { return }
        answers.end(stream)
        nghttp2_session_resume_data(session, stream)
    }

    /// Ends a stream at once.
    package func reset(_ stream: Int32, _ code: HTTP2ErrorCode) {
        nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, code.rawValue)
    }

    /// Asks the other side to send no further request; those that are on their way are taken (RFC 9113, section 6.8).
    package func announceEnd() { nghttp2_submit_shutdown_notice(session) }

    /// Says which request was the last that is answered; the other side may send those after it to another hub.
    package func goAway() {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        nghttp2_submit_goaway(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, HTTP2ErrorCode.noError.rawValue, nil, 0)
    }

    /// Ends the session with a code that says why.
    package func terminate(_ code: HTTP2ErrorCode) { nghttp2_session_terminate_session(session, code.rawValue) }

    /// Makes frames of what waits, and tells the owner what came of it. Not to be called from what the owner is told.
    package func settle() {
        pump()
        noteUnended()
        while !roomy.isEmpty || !gone.isEmpty {
            let (rooms, ends) = (roomy, gone)
            roomy = []
            gone = []
            for stream in ends { _ = owner.closed(stream) }
            for stream in rooms { owner.hasRoom(stream) }
        }
    }

    /// How many bytes wait to be sent.
    package var outputCount: Int { output.count }

    /// Lends the bytes that are to be sent, and forgets as many as were.
    package func withOutput(_ send: (UnsafeRawBufferPointer) -> Int) {
        let sent = output.withUnsafeBytes(send)
        if sent >= output.count {
            memory.giveBack(&output)
        } else if sent > 0 {
            output.removeFirst(sent)
        }
    }

    private func pump() {
        guard !isReceiving else { return }
        while output.count < limits.output {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &bytes)
            guard count > 0, let bytes else { return }
            let frames = UnsafeBufferPointer(start: bytes, count: count)
            conduct.sent(frames)
            noteEnd(in: frames)
            if output.isEmpty { output = memory.take() }
            output.append(contentsOf: frames)
        }
    }

    /// Notes the end of an answer that nghttp2 has made: a head without a body, or the last frame of an event stream.
    private func noteEnd(in frame: UnsafeBufferPointer<UInt8>) {
        guard frame.count >= Conduct.frameHead,
            frame[3] == NGHTTP2_HEADERS.rawValue || frame[3] == NGHTTP2_DATA.rawValue,
            frame[4] & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        else { return }
        answered.append(Int32(frame[5..<9].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF))
    }

    /// Finds out whose bodies still come, of those that are answered.
    private func noteUnended() {
        if answered.isEmpty { return }
        for stream in answered where nghttp2_session_get_stream_remote_close(session, stream) == 0 {
            unended.add(stream)
        }
        answered.removeAll(keepingCapacity: true)
    }

    /// Whether requests are answered whose bodies still come.
    package var hasUnendedRequests: Bool { !unended.isEmpty }

    /// Ends the requests that are answered and were open already when this was last called, or all that are answered:
    /// their clients need not send the rest (RFC 9113, section 8.1).
    package func dropUnendedRequests(all: Bool) {
        for stream in unended.overdue(all: all) { reset(stream, .noError) }
    }
}
