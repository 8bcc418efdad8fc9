// One event as a receiver sees it, after all rules of the format were applied.

/// An event that a stream fired.
public struct ReceivedEvent: Sendable, Hashable {
    /// What the event is called; `message` unless its block named it.
    public var type: String

    /// The payload, its lines parted by LF; may be empty.
    public var data: String

    /// The id to resume after this event: that of its block, else the last one before it, else the empty string.
    public var lastEventID: String

    /// Makes an event as a stream would fire it.
    public init(type: String = "message", data: String, lastEventID: String = "") {
        self.type = type
        self.data = data
        self.lastEventID = lastEventID
    }
}
