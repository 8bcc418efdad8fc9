// Owns the body of a request of HTTP/1.1 that is read while it comes. The socket is read only as far as there is room for
// what comes; must never take a byte of the body for the next request.

import HTTPMessage
import TLS
import TimerWheel

extension Connection {
    /// Whether what comes is of the body of a request that is worked on or answered already.
    var isTakingBody: Bool { incoming?.isOpen == true }

    /// Whether the connection cannot go on after the answer.
    var mustEnd: Bool { closesAfterAnswer || isTakingBody && incoming?.isRestSmall == false }

    /// Hands a request to the service as soon as its head is there.
    func beginTakingBody(_ reader: RequestReader, upTo limit: Int, isBodyHere: Bool) {
        let head = reader.parser.head
        reader.parser.takeBodyOfAnySize()
        var length: Int?
        if case .length(let count) = head.bodyFraming { length = count }
        let body = IncomingBody(
            on: .http1(self), loop: table.loop, length: length, awaitsContinue: head.expectsContinue && !isBodyHere)
        incoming = body
        beginHandling()
        table.setDeadline(of: self, in: table.limits.stall / 4)
        table.service.received(head, incoming: body, upTo: limit, on: .http1(self))
    }

    /// Takes what has come of the body.
    func takeBody(_ bytes: UnsafeRawBufferPointer) {
        guard let reader, let body = incoming else { return }
        let input = bytes.assumingMemoryBound(to: UInt8.self)
        var offset = 0
        while body.isOpen {
            switch reader.parser.next(input.span, from: &offset) {
            case .needsMore:
                body.deliver()
                isReadPaused = body.isFull
                return
            case .body(let range):
                body.take(input[range])
            case .end:
                if offset < input.count, !closesAfterAnswer { leftover = Array(input[offset...]) }
                body.end()
            case .failed(let error):
                closesAfterAnswer = true
                body.fail(.malformed(error))
            case .head:
                // There is none before the end of the body.
                closesAfterAnswer = true
                body.fail(.gone)
            }
        }
        stopTakingBody()
    }

    /// What follows is not the body's: it waits until the request is answered. The end of a stream is worth knowing at once.
    private func stopTakingBody() {
        isReadPaused = stage != .streaming
        if stage == .streaming { table.release(&reader) }
        // An answer that is out has waited for the rest of the body.
        if stage == .answering { table.soil(self) }
    }

    /// There is room again for what comes, or nobody wants it.
    func resumeBody() {
        guard isTakingBody, let body = incoming, !body.isFull, !awaitsNothing else { return }
        isReadPaused = false
    }

    /// Whether all is said and done but for the last bytes of the answer.
    private var awaitsNothing: Bool { stage == .answering && closesAfterAnswer }

    /// The answer is there in full: what is left of the body nobody wants.
    func dropBody() {
        guard let body = incoming else { return }
        if isTakingBody, !closesAfterAnswer {
            body.abandon()
        } else {
            partWithBody(.gone)
            isReadPaused = true
        }
    }

    /// There will be no more of the body.
    func partWithBody(_ failure: IncomingBody.Failure) {
        guard let body = incoming else { return }
        incoming = nil
        if body.isOpen { body.fail(failure) }
        body.part()
    }

    /// The other side sends nothing more, in the middle of a body. Who has been answered still gets the answer.
    func endBody() {
        guard stage == .answering, hasBytesToSend else {
            // An answer that has begun must not look whole.
            close(resetting: stage == .streaming)
            return
        }
        closesAfterAnswer = true
        dropBody()
    }

    /// Looks whether a reader of the body waits for too long.
    func lookAtBody() {
        guard isTakingBody, let body = incoming else { return }
        let patience = body.patience(table.limits, at: table.loop.now)
        if let patience, patience <= 0 {
            closesAfterAnswer = true
            body.fail(.tooSlow)
            stopTakingBody()
        } else {
            table.setDeadline(of: self, in: patience ?? table.limits.stall / 4)
        }
    }

    /// Tells a client that its body is wanted.
    func sayContinue() {
        guard stage == .handling || stage == .reading else { return }
        table.answersHeld += ResponseHead.continueBytes.count
        out += ResponseHead.continueBytes
        table.soil(self)
    }
}
