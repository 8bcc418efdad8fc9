// Owns what the contract says of who gets which event, in as few words as it takes. Written from the contract, and from
// nothing that the hub does.

/// Who reads, and what: topics are bits.
struct ReaderModel {
    /// The topics that a pattern of the stream matches, and those that the token's `subscribe` matches.
    let wanted: Int
    let given: Int
    /// Whether `--anonymous` is on.
    let isAnonymous: Bool

    /// The topics of an event that the token may read.
    func readable(_ event: EventModel) -> Int {
        event.topics & (given | (isAnonymous && !event.isPrivate ? ~0 : 0))
    }

    /// Whether an event reaches a stream of the patterns that are wanted.
    func gets(_ event: EventModel) -> Bool { readable(event) & wanted != 0 }

    /// Whether an event is in an inbox of these topics: what all may read does not count there.
    func getsInInbox(_ event: EventModel, of topics: Int) -> Bool { event.topics & given & topics != 0 }
}

/// An event, as far as it matters who may read it.
struct EventModel {
    let topics: Int
    let isPrivate: Bool
}

/// Whether a pattern matches a topic.
func modelMatches(_ pattern: String, _ topic: String) -> Bool {
    var wanted = pattern.split(separator: "/", omittingEmptySubsequences: false)
    let given = topic.split(separator: "/", omittingEmptySubsequences: false)
    if given[0].hasPrefix("$"), ["*", "**"].contains(wanted[0]) { return false }
    let isOpen = wanted.last == "**"
    if isOpen { wanted.removeLast() }
    return (isOpen ? given.count > wanted.count : given.count == wanted.count)
        && zip(wanted, given).allSatisfy { $0 == "*" || $0 == $1 }
}
