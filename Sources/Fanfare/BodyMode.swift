// Owns the ways in which a route may have its requests' bodies.

/// How a route gets the body of a request.
public enum BodyMode: Sendable, Hashable {
    /// It is there in full before the handler starts: at most `Configuration.maxBodySize` bytes; more are answered with 413.
    case collected

    /// The handler starts as soon as the head is there, and the body's bytes come as they are asked for. No more than 256 KiB
    /// of them are held: a client that sends faster than the handler reads has to wait.
    ///
    /// - Parameter upTo: how many bytes a body may have. Asking for more throws a problem that is answered with 413.
    case streamed(upTo: Int)
}
