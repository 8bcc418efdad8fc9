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
    /// Streams that the other side may reset at once, and then a second.
    package var resets = (burst: 1000, perSecond: 100)
    /// Frames of one kind that want an answer (SETTINGS, PING) and are not answered yet.
    package var unansweredFrames = 1000
    /// Frames over which a head may be spread.
    package var continuations = 8

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
        nghttp2_option_set_stream_reset_rate_limit(options, UInt64(resets.burst), UInt64(resets.perSecond))
        nghttp2_option_set_max_continuations(options, continuations)
        // Streams that are closed are kept for nothing but priorities, which nobody uses here.
        nghttp2_option_set_no_closed_streams(options, 1)
    }
}
