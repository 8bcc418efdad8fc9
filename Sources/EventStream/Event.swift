// One block of an event stream as a sender sees it. Owns no bytes and knows no rules: what may stand in a field is
// the encoder's business.

/// What one block of an event stream says; each part is optional.
///
/// WHATWG HTML, section 9.2.6 "Interpreting an event stream".
public struct Event: Sendable, Hashable {
    /// The payload; `nil` fires nothing at the receiver, while the empty string fires an event with empty data.
    ///
    /// It may hold line ends. CR and CRLF arrive as LF.
    public var data: String?

    /// The name that listeners register for; `nil` and the empty string mean `message`.
    ///
    /// It holds no CR, LF or NUL.
    public var type: String?

    /// The id that a receiver sends back to resume after this block; the empty string clears the one it has.
    ///
    /// It holds no CR, LF or NUL.
    public var id: String?

    /// How long the receiver waits before it reconnects; sent in whole milliseconds, rounded down.
    public var retry: Duration?

    /// Text that receivers ignore; sent ahead of the fields, a comment line for each of its lines.
    public var comment: String?

    /// Makes an event of any parts.
    public init(
        data: String? = nil,
        type: String? = nil,
        id: String? = nil,
        retry: Duration? = nil,
        comment: String? = nil
    ) {
        self.data = data
        self.type = type
        self.id = id
        self.retry = retry
        self.comment = comment
    }

    /// Makes an event that carries a payload.
    public init(
        _ data: String,
        type: String? = nil,
        id: String? = nil,
        retry: Duration? = nil,
        comment: String? = nil
    ) {
        self.init(data: data, type: type, id: id, retry: retry, comment: comment)
    }
}
