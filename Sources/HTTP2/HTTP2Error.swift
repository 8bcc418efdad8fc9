import CNGHTTP2

/// Why a session cannot go on.
package struct HTTP2Error: Error, Sendable, CustomStringConvertible {
    /// What happened, in words for the log.
    package let description: String

    init(_ description: String) { self.description = description }

    init(_ code: Int32) { description = String(cString: nghttp2_strerror(code)) }
}

/// Why a stream or a session ends, as the other side is told (RFC 9113, section 7).
package enum HTTP2ErrorCode: UInt32, Sendable {
    case noError = 0x0
    case protocolError = 0x1
    case internalError = 0x2
    case refusedStream = 0x7
    case cancel = 0x8
    case enhanceYourCalm = 0xB
}
