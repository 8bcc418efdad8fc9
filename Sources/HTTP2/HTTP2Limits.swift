// Owns what the other side of a session may do. Each bound is on memory or work that somebody else could make us spend.

import CNGHTTP2

/// What a session allows the other side.
package struct HTTP2Limits: Sendable {
    /// Requests and streams that are open at a time (RFC 9113, section 5.1.2).
    package var streams = 1000
    /// Bytes of a request's head, uncompressed (section 6.5.2).
    package var headBytes = 16 << 10
    /// Bytes of a body that may come before they were looked at, for a stream.
    package var streamWindow = 256 << 10
    /// The same for all streams of the connection.
    package var connectionWindow = 1 << 20
    /// Bytes that may wait for the socket before nothing more is made for it.
    package var output = 64 << 10
    /// Bytes of answers that may wait for their windows and the socket before no further one is held. One alone is never
    /// too much.
    package var answers = 32 << 20
    /// Streams that end in a reset as soon as they have begun: what they ask for is work for nobody.
    package var resets = Rate(perSecond: 100)
    /// Frames that carry neither a request nor its body, nor make room for what is sent.
    package var controlFrames = Rate(perSecond: 100)
    /// Frames of one kind that want an answer (SETTINGS, PING), of which nobody has read the answers.
    package var unansweredFrames = 1000

    /// A stream that ends sooner has only begun, in milliseconds.
    package var youth = 1000
    /// Frames over which a head may be spread: those of a head that is too large to be read, and a few more.
    var continuations: Int { max(8, headBytes / (8 << 10)) }

    /// The defaults.
    package init() {}

    /// The settings that are told to the other side.
    var settings: [nghttp2_settings_entry] {
        [
            (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams), (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, streamWindow),
            (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, headBytes),
        ].map { nghttp2_settings_entry(settings_id: Int32($0.0.rawValue), value: UInt32($0.1)) }
    }

    func apply(to options: OpaquePointer?) {
        nghttp2_option_set_max_outbound_ack(options, unansweredFrames)
        // Resets are counted here, by how soon they come.
        nghttp2_option_set_stream_reset_rate_limit(options, 1 << 40, 1 << 40)
        nghttp2_option_set_max_continuations(options, continuations)
        // Frames of unknown types are passed over, but they are counted, so nghttp2 has to tell of them.
        for type in UInt8(NGHTTP2_CONTINUATION.rawValue + 1)...UInt8.max {
            nghttp2_option_set_user_recv_extension_type(options, type)
        }
        // What a body fills of its windows is given back when whoever reads it has taken it.
        nghttp2_option_set_no_auto_window_update(options, 1)
        // Streams that are closed are kept for nothing but priorities, which nobody uses here.
        nghttp2_option_set_no_closed_streams(options, 1)
    }
}
