// Owns the error of those who write to a stream.

/// Why something could not be written to a stream or a body.
public struct StreamWriteError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for programs.
    public enum Code: Sendable, Hashable {
        /// The stream is over, for this reason.
        case closed(StreamCloseReason)
        /// A part of the event cannot stand in a stream.
        case badEvent
        /// It is more than the length that was told, or less at the end.
        case wrongLength
        /// The task that writes was cancelled.
        case cancelled
    }

    /// What went wrong, for programs.
    public let code: Code
    /// What went wrong, for people.
    public let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// The stream is over.
    package static func closed(_ reason: StreamCloseReason) -> StreamWriteError {
        StreamWriteError(.closed(reason), "nothing can be written any more: the stream is over (\(reason.rawValue))")
    }

    /// The task that writes was cancelled.
    package static let cancelled = StreamWriteError(.cancelled, "the task that writes was cancelled")
}
