// Owns what a route says of a stream that it opens.

package import Hub
package import TimerWheel

/// A stream of the hub's events, as a route wants it.
package struct StreamResponse: Sendable {
    package let topics: [String]
    package let user: String?
    /// Where it starts; nil if that is what the client asks for.
    package let start: Start?
    /// Whether it is to start with what is unread, which is known of inboxes alone.
    package let startsUnread: Bool
    package let presentation: Presentation
    package let timeout: Milliseconds?

    package init(
        topics: [String], user: String?, start: Start?, startsUnread: Bool, presentation: Presentation,
        timeout: Milliseconds?
    ) {
        self.topics = topics
        self.user = user
        self.start = start
        self.startsUnread = startsUnread
        self.presentation = presentation
        self.timeout = timeout
    }
}
