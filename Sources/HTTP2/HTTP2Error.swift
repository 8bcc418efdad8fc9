import CNGHTTP2

/// Why a session cannot go on.
package struct HTTP2Error: Error, Sendable, CustomStringConvertible {
    /// What happened, in words for the log.
    package let description: String
    /// What the other side is told.
    package let code: HTTP2ErrorCode

    init(_ code: HTTP2ErrorCode, _ description: String) {
        self.code = code
        self.description = description
    }

    /// An error of nghttp2, after which it reads no more.
    init(_ error: Int32) {
        switch nghttp2_error(error) {
        case NGHTTP2_ERR_FLOODED:
            self.init(.enhanceYourCalm, "it sends frames that want an answer, and reads no answers")
        case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
            self.init(.enhanceYourCalm, "it spreads a head over too many frames")
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
            self.init(.protocolError, "it does not begin as HTTP/2 does")
        default:
            self.init(.internalError, String(cString: nghttp2_strerror(error)))
        }
    }

    /// Whether the other side did more than it may, rather than something wrong.
    package var isAbuse: Bool { code == .enhanceYourCalm }
}

/// Why a stream or a session ends, as the other side is told (RFC 9113, section 7).
package struct HTTP2ErrorCode: RawRepresentable, Sendable, Equatable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let noError = Self(rawValue: 0x0)
    package static let protocolError = Self(rawValue: 0x1)
    package static let internalError = Self(rawValue: 0x2)
    package static let refusedStream = Self(rawValue: 0x7)
    package static let cancel = Self(rawValue: 0x8)
    package static let enhanceYourCalm = Self(rawValue: 0xB)

    /// Its name in the standard.
    package var name: String { String(cString: nghttp2_http2_strerror(rawValue)) }
}
