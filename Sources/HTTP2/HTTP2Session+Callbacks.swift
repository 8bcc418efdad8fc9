// Owns the way from nghttp2's callbacks to the session. They are called on the session's thread, within its calls only.

import CNGHTTP2

extension HTTP2Session {
    /// A frame begins.
    private func began(_ frame: nghttp2_frame_hd) { conduct.received(frame) }

    /// What is told to nghttp2 after a callback: to go on, or not.
    private var verdict: Int32 {
        isReceiving && failure != nil ? Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) : 0
    }

    private func beganHead(_ frame: nghttp2_frame) {
        let isRequest = frame.headers.cat == NGHTTP2_HCAT_REQUEST
        conduct.receivedHead(ofRequest: isRequest)
        if isRequest { head.begin(frame.hd.stream_id, mostBytes: limits.headBytes) }
    }

    private func received(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Int32 {
        // Trailers say nothing that a request here could mean.
        if head.stream == 0 { return 0 }
        // Far beyond the limit nghttp2 need not even look at the rest; it resets the stream.
        return head.add(name, value) ? 0 : Int32(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
    }

    private func received(_ frame: nghttp2_frame) {
        let isEnd = frame.hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch UInt32(frame.hd.type) {
        case NGHTTP2_HEADERS.rawValue:
            if frame.headers.cat == NGHTTP2_HCAT_REQUEST {
                let isHead = head.isHead
                owner.received(head: head.finish(), of: frame.hd.stream_id, isHead: isHead, hasBody: !isEnd)
            } else if isEnd {
                owner.receivedEnd(of: frame.hd.stream_id)
            }
        case NGHTTP2_DATA.rawValue where isEnd:
            owner.receivedEnd(of: frame.hd.stream_id)
        case NGHTTP2_SETTINGS.rawValue:
            hasBegun = true
        default: break
        }
    }

    private func received(body: UnsafeRawBufferPointer, of stream: Int32) {
        conduct.receivedData()
        var hasRoom = true
        switch unended.discard(body.count, of: stream) {
        case nil: hasRoom = owner.received(body: body, of: stream)
        case true: reset(stream, .noError)
        default: break
        }
        if hasRoom {
            giveBack(body.count, of: stream)
            giveBack(body.count)
        }
    }

    /// nghttp2 refuses a frame, and with it a head that it is of.
    private func refused(_ stream: Int32) {
        if head.stream == stream { head.abandon() }
    }

    private func closed(_ stream: Int32) {
        answers.forget(stream)
        unended.forget(stream)
        if head.stream == stream { head.abandon() }
        if isReceiving {
            conduct.receivedEnd(ofYoungStream: owner.closed(stream))
        } else {
            gone.append(stream)
        }
    }

    /// How many bytes of a stream's body go into the next frame, which `send` then copies.
    private func length(of stream: Int32, atMost most: Int, _ flags: UnsafeMutablePointer<UInt32>) -> Int {
        if let left = answers.left(of: stream) {
            if left <= most { flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
            flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
            return min(most, left)
        }
        if source.stream == stream, source.left > 0 {
            flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
            return min(most, source.left)
        }
        if answers.isEnding(stream) {
            flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            return 0
        }
        if source.stream != stream { roomy.append(stream) }
        return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }

    /// Puts a frame of a stream's body into the output, and says whether there may be another before it is sent.
    private func send(_ head: UnsafePointer<UInt8>, _ count: Int, of stream: Int32) -> Int32 {
        if output.isEmpty { output = memory.take() }
        output.append(contentsOf: UnsafeBufferPointer(start: head, count: Conduct.frameHead))
        if answers.left(of: stream) != nil {
            answers.move(count, of: stream, to: &output)
            let isLast = answers.left(of: stream) == nil
            if isLast { answered.append(stream) }
            conduct.sentData(count, isAll: isLast)
        } else {
            source.copy(count, to: &output)
            conduct.sentData(count, isAll: source.left == 0)
        }
        return output.count < limits.output ? 0 : Int32(NGHTTP2_ERR_PAUSE.rawValue)
    }
}

// MARK: - For nghttp2

extension HTTP2Session {
    private static func of(_ context: UnsafeMutableRawPointer?) -> HTTP2Session {
        Unmanaged<HTTP2Session>.fromOpaque(context!).takeUnretainedValue()
    }

    static func makeSession(
        _ session: UnsafeMutablePointer<OpaquePointer?>, _ limits: HTTP2Limits, _ context: UnsafeMutableRawPointer
    ) -> Int32 {
        var callbacks: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return -1 }
        defer { nghttp2_session_callbacks_del(callbacks) }
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, frame, context in
            let session = HTTP2Session.of(context)
            session.began(frame!.pointee)
            return session.verdict
        }
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, context in
            HTTP2Session.of(context).beganHead(frame!.pointee)
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameCount, value, valueCount, _, context in
            HTTP2Session.of(context).received(
                UnsafeBufferPointer(start: name, count: nameCount), UnsafeBufferPointer(start: value, count: valueCount)
            )
        }
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, frame, _, context in
            HTTP2Session.of(context).refused(frame!.pointee.hd.stream_id)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, context in
            HTTP2Session.of(context).received(frame!.pointee)
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, bytes, count, context in
            let session = HTTP2Session.of(context)
            session.received(body: UnsafeRawBufferPointer(start: bytes, count: count), of: stream)
            return session.verdict
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, _, context in
            let session = HTTP2Session.of(context)
            session.closed(stream)
            return session.verdict
        }
        // Nothing here wants what such a frame says.
        nghttp2_session_callbacks_set_unpack_extension_callback(callbacks) { _, _, _, _ in
            Int32(NGHTTP2_ERR_CANCEL.rawValue)
        }
        nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, frame, head, count, _, context in
            HTTP2Session.of(context).send(head!, count, of: frame!.pointee.hd.stream_id)
        }
        var options: OpaquePointer?
        guard nghttp2_option_new(&options) == 0 else { return -1 }
        defer { nghttp2_option_del(options) }
        limits.apply(to: options)
        return nghttp2_session_server_new2(session, callbacks, context, options)
    }

    fileprivate static func length(
        _ context: UnsafeMutableRawPointer?, _ stream: Int32, _ most: Int, _ flags: UnsafeMutablePointer<UInt32>
    ) -> Int {
        of(context).length(of: stream, atMost: most, flags)
    }
}

/// What nghttp2 asks for the length of the next frame.
func readBody(
    _: OpaquePointer?, _ stream: Int32, _: UnsafeMutablePointer<UInt8>?, _ most: Int,
    _ flags: UnsafeMutablePointer<UInt32>?, _: UnsafeMutablePointer<nghttp2_data_source>?,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    HTTP2Session.length(context, stream, most, flags!)
}
