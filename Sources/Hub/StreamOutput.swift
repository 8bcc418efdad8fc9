// Owns the border between the board and what carries its bytes. Nothing on the board's side may know of a socket.

/// Bytes in memory that somebody else keeps alive; laid out as `struct iovec`.
@unsafe
package struct Piece {
    /// Where they begin.
    package var start: UnsafeRawPointer
    /// How many there are.
    package var count: Int

    /// Names bytes; they are not looked at here.
    package init(start: UnsafeRawPointer, count: Int) {
        unsafe self.start = unsafe start
        unsafe self.count = count
    }
}

/// The name under which the output knows a stream's connection; the board only hands it on.
package typealias Sink = UInt64

/// What carries the bytes of streams away: sockets in a server, a script in a test.
///
/// It must not call the board from within these methods.
package protocol StreamOutput {
    /// Takes as many of the bytes as it can without waiting.
    ///
    /// - Parameters:
    ///   - pieces: the bytes; they are valid during the call only.
    ///   - total: how many there are in all.
    ///   - sink: where they go.
    /// - Returns: how many it took, or -1 when the connection is broken. When it is fewer than `total`, the output
    ///   tells the board by `writable` once there is room again.
    mutating func write(_ pieces: UnsafeBufferPointer<Piece>, total: Int, to sink: Sink) -> Int

    /// Closes the connection of a stream whose last byte was taken.
    mutating func finish(_ sink: Sink)

    /// Resets the connection of a stream that was given up.
    mutating func reset(_ sink: Sink, because reason: StreamEnd)
}

/// Why a stream is over.
package enum StreamEnd: String, Sendable {
    /// The client went away.
    case gone = "the client went away"
    /// Too many bytes waited for its reader.
    case slowBytes = "too many bytes waited for the reader"
    /// Nothing moved for too long.
    case slowAge = "the reader took nothing for too long"
    /// The hub is about to stop.
    case drained = "the hub is stopping"
    /// All its topics have ended, and it was sent their last events.
    case topicsEnded = "the topics have ended"
    /// What it is read by is no longer valid.
    case expired = "the token has expired: come back with a new one"
    /// What vouched for it was taken away.
    case revoked = "the key of the token was taken away: come back with a new token"
    /// It was to be open for so long only.
    case timedOut = "the time of the stream is over: come back for more"
    /// Somebody ended it on purpose.
    case disconnected

    /// Whether it is sent nothing more, not even what waits for it.
    var isAtOnce: Bool { self == .expired || self == .revoked }
}
