// Owns the reasons for which streams and bodies are over, as programs see them.

package import Hub

/// Why a stream, or a body that was sent by and by, is over.
public enum StreamCloseReason: String, Sendable, Hashable, CaseIterable {
    /// All of it was sent: the sequence or the closure ended, or all of the stream's topics have.
    case ended
    /// The client went away.
    case gone
    /// The stream's timeout is over.
    case timedOut
    /// The client took nothing for too long, or too much waited for it.
    case slow
    /// The server stops.
    case drained
    /// Somebody ended it, by `DELETE /connections` or by ``Hub``.
    case disconnected
    /// The token has expired by which it was read.
    case expired
    /// The key was taken away that vouched for its token.
    case revoked
    /// The sequence or the closure threw, or wrote another length than was told.
    case failed
    /// It was never opened: there are too many, or the request was not one for it.
    case refused

    /// As the board has it.
    package init(_ end: StreamEnd) {
        switch end {
        case .gone: self = .gone
        case .slowBytes, .slowAge: self = .slow
        case .drained: self = .drained
        case .topicsEnded: self = .ended
        case .expired: self = .expired
        case .revoked: self = .revoked
        case .timedOut: self = .timedOut
        case .disconnected: self = .disconnected
        }
    }
}
