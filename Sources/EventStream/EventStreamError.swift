// Why this room refused something. Never carries a payload: an error may end up in a log line.

/// An event that cannot be encoded, or a stream that cannot be parsed within its limit.
public struct EventStreamError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for programs.
    public enum Code: Sendable, Hashable {
        /// An event's id holds CR, LF or NUL.
        case invalidID
        /// An event's type holds CR, LF or NUL.
        case invalidType
        /// An event's retry is negative, or more milliseconds than 64 bits hold.
        case invalidRetry
        /// A block of the stream needs more bytes than the parser may hold.
        case blockTooLarge
    }

    /// What went wrong, for programs.
    public let code: Code

    /// What went wrong and what is allowed, for people.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
