// Owns what comes in: requests, and the limits of time and memory on them. Must never begin with the next request
// before the present one is answered.

import CLibuv
import HTTP2
import HTTPMessage
import TLS
import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a connection needs while it reads a request; pooled, so that idle connections have none.
final class RequestReader {
    // Whoever changes one of these two is done with it before anything else is called: `feed` keeps no access over what
    // it calls, and hands on copies. The check of that at run time would be a tenth of what reading a request costs.
    @exclusivity(unchecked) var parser: RequestParser
    @exclusivity(unchecked) var body: [UInt8] = []
    /// When the request began, and how many bytes of it came.
    var began: Milliseconds = 0
    var isInBody = false

    init(limits: MessageLimits) { parser = RequestParser(limits: limits) }
}

extension Connection {
    /// The socket has bytes, or its end.
    func read() {
        switch stage {
        case .closed:
            return
        case .announcing:
            readAnnouncement()
            return
        case .handling, .answering:
            guard isTakingBody else {
                // One request at a time: the next one waits in the kernel.
                isReadPaused = true
                return
            }
            if let session {
                readRecords(session)
                return
            }
        case .reading, .streaming, .multiplexing:
            if let session {
                readRecords(session)
                return
            }
        case .lingering:
            break
        }
        let buffer = table.readBuffer
        let count = recv(fd, buffer.baseAddress, buffer.count, 0)
        if count < 0 {
            if !Socket.isTransient(errno) { close() }
            return
        }
        if count == 0 {
            // Who has only said that it ends still gets what is on its way; its end would wake the loop again and again.
            if stage == .lingering, awaitsRoom { isReadPaused = true } else { endInput() }
            return
        }
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }

    /// The other side sends nothing more, and all that it sent was read. Who is in the middle of asking is gone; who waits
    /// for an answer, and asks one thing at a time, is not read from.
    func endInput() {
        if stage == .multiplexing {
            isHalfClosed = true
            http2?.endInput()
        } else if isTakingBody {
            endBody()
        } else if stage == .streaming {
            isReadPaused = true
            becomeHalfClosed()
        } else {
            close()
        }
    }

    /// The other side sends nothing more. It may have gone, or wait for what it has asked for: that shows when it is written
    /// to. Until then it is waited for, but not for long.
    func becomeHalfClosed() {
        isHalfClosed = true
        if stage == .streaming, !isTakingBody {
            if !table.service.streamGoesOn(streamHandle) {
                // A stream of events is whole wherever it ends.
                close()
                return
            }
        } else if work != nil {
            table.setDeadline(of: self, in: table.limits.halfClosed)
        }
        watch()
    }

    /// A client that sends nothing more has waited for its answer for long enough, unless its body is still being read.
    private func giveUpHalfClosed() {
        if incoming?.hasMoved() == true {
            table.setDeadline(of: self, in: table.limits.halfClosed)
        } else {
            close(resetting: true)
        }
    }

    /// Bytes have come.
    func take(_ bytes: UnsafeRawBufferPointer) {
        switch stage {
        case .reading:
            begin(bytes)
        case .multiplexing:
            http2?.receive(bytes)
        case .lingering:
            table.countDiscarded(bytes.count, of: self)
        case .streaming where keepsRequests && !isTakingBody:
            // The next request, perhaps. It is read on only to hear when the client goes; more waits in the kernel.
            leftover += bytes
            if leftover.count >= Self.mostLeftover {
                isReadPaused = true
                // It was known before the stream was, to whom it is news.
                if isHalfClosed { becomeHalfClosed() }
            }
        default:
            // What else a client says on a stream is nothing to us.
            if isTakingBody { takeBody(bytes) }
        }
    }

    private static let mostLeftover = 64 << 10

    /// Takes bytes while a request is read. The first ones of a connection say which version it speaks.
    private func begin(_ bytes: UnsafeRawBufferPointer) {
        if requestNumber == 0, reader == nil, leftover.isEmpty || leftover.count < Self.prefaceMark.count {
            if !leftover.isEmpty {
                let all = leftover + bytes
                leftover = []
                all.withUnsafeBytes { begin($0) }
                return
            }
            let isHTTP2 = bytes.starts(with: Self.prefaceMark)
            if isHTTP2, speaksAsAgreed("h2") {
                becomeHTTP2(bytes)
                return
            }
            if !isHTTP2, Self.prefaceMark.starts(with: bytes) {
                // No method begins so, but a few bytes are not enough to tell.
                leftover = Array(bytes)
                return
            }
            if isHTTP2 || !speaksAsAgreed("http/1") {
                // What was agreed on by ALPN holds: who speaks otherwise may be sent on by somebody who does not know.
                linger()
                return
            }
        }
        if let next = feed(bytes) { leftover = next }
    }

    /// What a connection of HTTP/2 begins with and no request of HTTP/1.1 does (RFC 9113, section 3.4).
    private static let prefaceMark = Array("PRI ".utf8)

    private func becomeHTTP2(_ bytes: UnsafeRawBufferPointer) {
        do throws(HTTP2Error) {
            stage = .multiplexing
            http2 = try HTTP2Connection(self)
            http2?.receive(bytes)
        } catch {
            close()
        }
    }

    /// Parses bytes up to the end of a request, and returns those after it.
    private func feed(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        let reader = self.reader ?? table.takeReader()
        if self.reader == nil {
            self.reader = reader
            reader.began = table.loop.now
        }
        let input = bytes.assumingMemoryBound(to: UInt8.self)
        var offset = 0
        while stage == .reading {
            switch reader.parser.next(input.span, from: &offset) {
            case .needsMore:
                // A request that came in one piece, as most do, needs no deadline.
                setReadingDeadline(reader)
                return nil
            case .head:
                beginBody(reader, isBodyHere: offset < input.count)
            case .body(let range):
                table.buffered += range.count
                reader.body.append(contentsOf: input[range])
                if table.buffered > table.limits.buffered && reader.body.count > table.limits.smallBody {
                    refuse(.busy)
                }
            case .end:
                beginHandling()
                // A stream that is opened gives the reader back while this call lasts, and with it the parser's own.
                let (head, body) = (reader.parser.head, reader.body)
                table.service.received(head, body: body, on: .http1(self))
            case .failed(let error):
                refuse(.malformed(error))
            }
        }
        if isTakingBody {
            takeBody(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
            return nil
        }
        // What follows is the next request, if there is to be one.
        let goesOn = (stage == .handling || stage == .answering) && !closesAfterAnswer
        return goesOn && offset < input.count ? Array(input[offset...]) : nil
    }

    private func beginBody(_ reader: RequestReader, isBodyHere: Bool) {
        if table.isAnyBodyStreamed, reader.parser.head.hasBody {
            if let limit = table.service.streamedBodyLimit(of: reader.parser.head) {
                beginTakingBody(reader, upTo: limit, isBodyHere: isBodyHere)
                return
            }
            if let error = reader.parser.head.excess(of: table.limits.request) {
                refuse(.malformed(error))
                return
            }
        }
        reader.isInBody = true
        reader.began = table.loop.now
        if case .length(let length) = reader.parser.head.bodyFraming {
            reader.body.reserveCapacity(min(length, 64 << 10))
        }
        if reader.parser.head.expectsContinue && !isBodyHere { sayContinue() }
    }

    /// A head has a fixed time; a body may take a while, the longer the more of it has come.
    private func setReadingDeadline(_ reader: RequestReader) {
        let elapsed = table.loop.now - reader.began
        if reader.isInBody {
            let allowed = table.limits.body + reader.body.count / table.limits.bodyBytesPerMillisecond
            table.setDeadline(of: self, in: min(allowed - elapsed, table.limits.stall))
        } else {
            table.setDeadline(of: self, in: table.limits.head - elapsed)
        }
    }

    func refuse(_ refusal: Refusal) {
        beginHandling()
        closesAfterAnswer = true
        leftover = []
        table.service.refused(refusal, on: .http1(self))
    }

    /// The deadline of the present stage has passed.
    func deadlinePassed() {
        switch stage {
        case .announcing:
            noteFailedAnnouncement("it was not there in time")
            close()
        case .multiplexing:
            http2?.deadlinePassed()
        case .reading:
            guard let reader else {
                noteLateHandshake()
                close()
                return
            }
            refuse(.tooSlow(inBody: reader.isInBody))
        case .answering:
            close(resetting: true)
        case .lingering:
            close()
        case .handling where isHalfClosed && work != nil:
            giveUpHalfClosed()
        case .handling, .streaming:
            lookAtBody()
        case .closed:
            break
        }
    }

    /// The answer is out: the next request's turn.
    func nextRequest() {
        partWithBody(.gone)
        stage = .reading
        table.release(&reader)
        if leftover.isEmpty {
            isReadPaused = false
            table.postpone(self, by: table.limits.idle)
            return
        }
        let bytes = leftover
        leftover = []
        if let next = bytes.withUnsafeBytes({ feed($0) }) { leftover = next }
        if stage == .reading { isReadPaused = false }
    }
}
