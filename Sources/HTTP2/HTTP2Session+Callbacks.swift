// Owns the way from nghttp2's callbacks to the session. They are called on the session's thread, within its calls only.

import CNGHTTP2

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
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, context in
            HTTP2Session.of(context).received(frame!.pointee)
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, bytes, count, context in
            HTTP2Session.of(context).received(body: UnsafeRawBufferPointer(start: bytes, count: count), of: stream)
            return 0
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
