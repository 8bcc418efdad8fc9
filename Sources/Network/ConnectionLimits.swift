// Owns how long a connection may take and how much it may hold, and what that is if nobody says it.

package import HTTP2
package import HTTPMessage
package import TimerWheel

/// How long connections may take, and how much they may hold.
package struct ConnectionLimits: Sendable {
    /// The limits on heads and bodies.
    package var request = MessageLimits()
    /// For a head, from its first byte; and for the first byte of a new connection.
    package var head: Milliseconds = 10_000
    /// For a body, and with every byte of it more, by `bodyBytesPerMillisecond`.
    package var body: Milliseconds = 20_000
    /// The slowest that a body may come after that.
    package var bodyBytesPerMillisecond = 8
    /// For the next byte of a body.
    package var stall: Milliseconds = 10_000
    /// Between two requests.
    package var idle: Milliseconds = 75_000
    /// For a part of an answer to be taken.
    package var answer: Milliseconds = 30_000
    /// For anything to be taken by a connection that carries several event streams.
    package var stuckStreams: Milliseconds = 60_000
    /// For the other side to end, once all is sent.
    package var linger: Milliseconds = 2_000
    /// For an answer to begin, or a body to go on, once the client has ended its sending: it may have gone with that.
    package var halfClosed: Milliseconds = 5_000
    /// Bytes of bodies that are held at a time, all connections of the worker together.
    package var buffered = 256 << 20
    /// A body that is no larger is received even then: who publishes little does not suffer from who stalls with much.
    package var smallBody = 64 << 10
    /// What a connection of HTTP/2 may do.
    package var http2 = HTTP2Limits()

    /// The defaults.
    package init() {}
}
