// Owns the client's frames of one connection, on nghttp2: requests without bodies out, answers in. No I/O, and no memory of
// its own for a stream. What it calls must not call it back.

import CNGHTTP2

/// What becomes of the answers of a session. All of it is called while `receive` lasts.
package protocol HTTP2ClientOwner: AnyObject {
    /// The head of an answer begins.
    func answered(_ stream: Int32, status: Int)
    /// Some of an answer's body.
    func received(_ body: UnsafeRawBufferPointer, of stream: Int32)
    /// An answer is over.
    ///
    /// - Parameter code: why (RFC 9113, section 7); 0 when the server ended it as it should.
    func ended(_ stream: Int32, because code: UInt32)
}

/// The client's side of one connection of HTTP/2 (RFC 9113), whose windows are always open. It belongs to one thread.
package final class HTTP2ClientSession {
    private var session: OpaquePointer?
    private weak var owner: (any HTTP2ClientOwner)?

    /// Begins a session.
    ///
    /// - Parameters:
    ///   - expected: how many requests are to be open at a time: so many are sent before the server has said how many
    ///     it allows.
    ///   - owner: what becomes of answers; not kept alive by the session.
    package init(expecting expected: Int, owner: any HTTP2ClientOwner) throws(HTTP2Error) {
        self.owner = owner
        var made: OpaquePointer?
        guard Self.makeSession(&made, expected, Unmanaged.passUnretained(self).toOpaque()) == 0, let made else {
            throw HTTP2Error(.internalError, "a session cannot be made")
        }
        session = made
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        let settings = [
            (NGHTTP2_SETTINGS_ENABLE_PUSH, 0), (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(Self.window)),
        ].map { nghttp2_settings_entry(settings_id: Int32($0.0.rawValue), value: $0.1) }
        guard nghttp2_submit_settings(made, none, settings, settings.count) == 0,
            nghttp2_session_set_local_window_size(made, none, 0, Self.window) == 0
        else { throw HTTP2Error(.internalError, "a session cannot be begun") }
    }

    deinit { nghttp2_session_del(session) }

    /// Bytes are looked at as they come and not held, so nothing speaks for a smaller window.
    private static var window: Int32 { .max }

    /// Sends a request without a body, after those of earlier calls.
    ///
    /// - Parameter fields: names in small letters, `:method` and its like first.
    /// - Returns: its stream; they are 1, 3, 5 and so on.
    package func request(_ fields: [(name: String, value: String)]) throws(HTTP2Error) -> Int32 {
        var stream: Int32 = 0
        HeaderList(request: fields).withUnsafeNames { names, count in
            stream = nghttp2_submit_request(session, nil, names, count, nil, nil)
        }
        if stream < 0 { throw HTTP2Error(stream) }
        return stream
    }

    /// Takes what the server sent.
    ///
    /// - Throws: `HTTP2Error` when it is no HTTP/2, or the connection cannot go on.
    package func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Error) {
        let used = nghttp2_session_mem_recv(
            session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        if used < 0 { throw HTTP2Error(Int32(used)) }
    }

    /// How many requests the server allows at a time; `nil` while it has not said.
    package var allowed: Int? {
        let value = nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
        return value == UInt32.max ? nil : Int(value)
    }

    /// What is to be sent now; empty for nothing.
    package func takeOutput() -> [UInt8] {
        var output: [UInt8] = []
        while true {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &bytes)
            guard count > 0, let bytes else { return output }
            output.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        }
    }

    // MARK: - What nghttp2 calls

    private static func of(_ context: UnsafeMutableRawPointer?) -> HTTP2ClientSession {
        Unmanaged<HTTP2ClientSession>.fromOpaque(context!).takeUnretainedValue()
    }

    /// The digits of `:status`, whose form nghttp2 has checked.
    private static func status(_ value: UnsafePointer<UInt8>, _ count: Int) -> Int {
        UnsafeBufferPointer(start: value, count: count).reduce(0) { $0 * 10 + Int($1 & 15) }
    }

    private static func makeSession(
        _ session: UnsafeMutablePointer<OpaquePointer?>, _ expected: Int, _ context: UnsafeMutableRawPointer
    ) -> Int32 {
        var callbacks: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return -1 }
        defer { nghttp2_session_callbacks_del(callbacks) }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, frame, name, nameCount, value, valueCount, _, context in
            let name = UnsafeBufferPointer(start: name, count: nameCount)
            if name.elementsEqual(":status".utf8), let value, valueCount == 3 {
                let session = HTTP2ClientSession.of(context)
                session.owner?.answered(
                    frame!.pointee.hd.stream_id, status: HTTP2ClientSession.status(value, valueCount))
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, bytes, count, context in
            HTTP2ClientSession.of(context).owner?
                .received(UnsafeRawBufferPointer(start: bytes, count: count), of: stream)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, code, context in
            HTTP2ClientSession.of(context).owner?.ended(stream, because: code)
            return 0
        }
        var options: OpaquePointer?
        guard nghttp2_option_new(&options) == 0 else { return -1 }
        defer { nghttp2_option_del(options) }
        nghttp2_option_set_peer_max_concurrent_streams(options, UInt32(clamping: expected))
        return nghttp2_session_client_new2(session, callbacks, context, options)
    }
}
