// Owns what a worker is told by its connections, and asked by them. Nothing that is lent here may be kept.

package import HTTP2
package import HTTPMessage

/// What a worker does with requests. All of it is called on the loop's thread.
package protocol ConnectionService: AnyObject {
    /// A request is complete. It is answered, now or later, by what carries it.
    /// The head is lent: whoever needs it longer copies it.
    func received(_ head: borrowing RequestHead, body: [UInt8], on carrier: Carrier)
    /// How many bytes of a request's body are to be read while they come; nil if the body is to be there first. Asked only
    /// if `MessageLimits.streamedBodyBytes` allows any at all.
    func streamedBodyLimit(of head: borrowing RequestHead) -> Int?
    /// The head of a request has come, and its body comes. It is answered, now or later, by what carries it.
    func received(_ head: borrowing RequestHead, incoming body: IncomingBody, upTo limit: Int, on carrier: Carrier)
    /// A request cannot be taken. It is answered as others are, and its connection, if it carries no other, then ends.
    func refused(_ refusal: Refusal, on carrier: Carrier)
    /// A stream that could take no more has room again.
    func streamIsWritable(_ handle: UInt64)
    /// The client of a stream went away.
    func streamIsGone(_ handle: UInt64)
    /// The client of a stream sends nothing more, and may still read. Tells whether the stream goes on; if not, the client
    /// counts as gone.
    func streamGoesOn(_ handle: UInt64) -> Bool
    /// No TLS session came about on a connection, which then ends.
    func handshakeFailed(on connection: Connection, because reason: String)
    /// The other side of a connection of HTTP/2 did what it may not, and the connection ends. Told once.
    func sessionFailed(on connection: Connection, because error: HTTP2Error)
    /// No proxy said whose connection it is, or none that may; it then ends.
    func announcementFailed(on connection: Connection, because reason: String)
    /// No connection can be taken in for a while, for the reason that is told.
    func acceptingPaused(because reason: NetworkError)
}

/// Why a request cannot be taken.
package enum Refusal: Sendable {
    /// It is no HTTP, or not of the kind that is spoken here.
    case malformed(MessageError)
    /// It came in clear where TLS is spoken.
    case inClear
    /// It did not come in time.
    case tooSlow(inBody: Bool)
    /// Too many bodies are being received.
    case busy
}
