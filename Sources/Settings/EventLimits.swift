// Owns the limits on what one request or event may hold, as the hub's endpoints ask for them.

/// How much one request, and one event, may have.
package struct EventLimits: Sendable {
    /// Topics and patterns of one subscription, patterns added to one inbox, topics of one event.
    package var topics: Int
    /// Bytes of one event.
    package var eventBytes: Int
    /// Bytes of one request's body.
    package var bodyBytes: Int
}
