// Owns the bodies of requests of HTTP/2 that are read while they come. The window of a stream is opened again as far as its
// body was taken; that of the connection at once, so that no stream waits for the reader of another. Only while all
// bodies together hold too much does the connection wait for those who read.

import HTTP2
import HTTPMessage
import TimerWheel

extension HTTP2Connection {
    /// Hands a request to the service as soon as its head is there.
    func beginTakingBody(_ stream: HTTP2Stream, _ head: RequestHead, upTo limit: Int) {
        var length: Int?
        if case .length(let count) = head.bodyFraming { length = count }
        let body = IncomingBody(
            on: .http2(stream), loop: table.loop, length: length, awaitsContinue: head.fields.contains(.expect))
        stream.incoming = body
        stream.stage = .handling
        readingCount += 1
        table.service.received(head, incoming: body, upTo: limit, on: .http2(stream))
    }

    /// Takes what has come of a body.
    ///
    /// - Returns: whether there is room for as much again.
    func take(_ bytes: UnsafeRawBufferPointer, of body: IncomingBody) -> Bool {
        if !body.isOpen || body.isAbandoned { return true }
        body.take(bytes.assumingMemoryBound(to: UInt8.self)[...])
        body.deliver()
        let most = body.held - body.withheld
        let kept = table.buffered > table.limits.buffered ? max(0, min(bytes.count, most)) : 0
        body.withheld += kept
        session.giveBack(bytes.count - kept)
        return false
    }

    /// Opens the window of a stream, or of the connection, by what was taken.
    func giveBack(_ count: Int, of stream: HTTP2Stream? = nil) {
        if let stream { session.giveBack(count, of: stream.id) } else { session.giveBack(count) }
        soil()
    }

    /// There will be no more of a body.
    func partWithBody(of stream: HTTP2Stream, _ failure: IncomingBody.Failure) {
        guard let body = stream.incoming else { return }
        stream.incoming = nil
        if body.isOpen {
            readingCount -= 1
            let rest = body.held
            body.fail(failure)
            if streams[stream.id] != nil { giveBack(rest, of: stream) }
        }
        body.part()
    }

    /// Looks whether the reader of a body waits for too long.
    func lookAtBody(of stream: HTTP2Stream) {
        guard let body = stream.incoming, body.isOpen, let patience = body.patience(table.limits, at: now),
            patience <= 0
        else { return }
        partWithBody(of: stream, .tooSlow)
    }
}

extension HTTP2Stream {
    /// Tells the client that its body is wanted.
    func sayContinue() {
        guard stage == .handling, let connection else { return }
        connection.session.sayContinue(to: id)
        connection.soil()
    }
}
