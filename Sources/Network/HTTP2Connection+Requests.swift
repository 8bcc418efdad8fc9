// Owns the way of requests from the session to the service, and the limits of memory on them. Must never count the
// bytes of a request that is gone.

import HTTP2
import HTTPMessage
import TimerWheel

extension HTTP2Connection {
    private func hand(_ stream: HTTP2Stream, _ head: RequestHead, body: [UInt8]) {
        stream.stage = .handling
        table.service.received(head, body: body, on: .http2(stream))
    }

    func refuse(_ refusal: Refusal, _ stream: HTTP2Stream) {
        release(stream)
        stream.stage = .handling
        table.service.refused(refusal, on: .http2(stream))
    }

    func countBody(_ count: Int) {
        bodyBytes += count
        table.buffered += count
    }

    /// A request's body is no longer held for it.
    func release(_ stream: HTTP2Stream) {
        guard let request = stream.request else { return }
        countBody(-request.body.count)
        readingCount -= 1
        stream.request = nil
    }
}

extension HTTP2Connection: HTTP2SessionOwner {
    func received(head: Result<[UInt8], MessageError>, of id: Int32, isHead: Bool, hasBody: Bool) {
        let stream = table.add(id, on: self)
        stream.isBare = isHead
        streams[id] = stream
        times.headBegan = nil
        let text: [UInt8]
        switch head {
        case .success(let bytes): text = bytes
        case .failure(let error):
            refuse(.malformed(error), stream)
            return
        }
        // The one reader of heads judges these too.
        var reader: RequestReader? = table.takeReader()
        defer { table.release(&reader) }
        var offset = 0
        switch reader!.parser.next(text.span, from: &offset) {
        case .head:
            let head = reader!.parser.head
            guard hasBody else {
                hand(stream, head, body: [])
                return
            }
            if table.isAnyBodyStreamed {
                if let limit = table.service.streamedBodyLimit(of: head) {
                    beginTakingBody(stream, head, upTo: limit)
                    return
                }
                if let error = head.excess(of: table.limits.request) {
                    refuse(.malformed(error), stream)
                    return
                }
            }
            stream.request = HTTP2Stream.PendingRequest(head, at: now)
            readingCount += 1
            // A body without a length is none in HTTP/1.1, whose reader this went through, and expects nothing there.
            if head.fields.contains(.expect) { session.sayContinue(to: id) }
        case .failed(let error): refuse(.malformed(error), stream)
        default: refuse(.malformed(MessageError(.badRequest, "the head is not one of a request")), stream)
        }
    }

    func received(body bytes: UnsafeRawBufferPointer, of id: Int32) -> Bool {
        guard let stream = streams[id] else { return true }
        if let body = stream.incoming { return take(bytes, of: body) }
        // What comes after a refusal is thrown away, until the other side hears of it.
        guard let request = stream.request else { return true }
        let limits = table.limits
        guard request.body.count + bytes.count <= limits.request.bodyBytes else {
            refuse(
                .malformed(
                    MessageError(.contentTooLarge, "the body has more than \(limits.request.bodyBytes) bytes")), stream)
            return true
        }
        request.body.append(contentsOf: bytes)
        request.moved = now
        countBody(bytes.count)
        // All of a connection's bodies together may be small: it is one of many.
        if table.buffered > limits.buffered && bodyBytes > limits.smallBody { refuse(.busy, stream) }
        return true
    }

    func receivedEnd(of id: Int32) {
        guard let stream = streams[id] else { return }
        if let body = stream.incoming, body.isOpen {
            readingCount -= 1
            body.end()
        }
        guard let request = stream.request else { return }
        release(stream)
        hand(stream, request.head, body: request.body)
    }

    func hasRoom(_ id: Int32) {
        guard let stream = streams[id], stream.stage == .streaming else { return }
        table.service.streamIsWritable(stream.streamHandle)
    }

    func closed(_ id: Int32) -> Bool {
        guard let stream = streams.removeValue(forKey: id) else { return false }
        forget(stream, tellingService: true)
        if streams.isEmpty { times.emptied = now }
        return stream.age(at: now) < table.limits.http2.youth
    }
}
