// Owns what can be asked to become of an inbox, and what an id stands for there. An id that is not certain must be
// refused: a mark never goes back.

/// A change of a user's inbox.
package struct InboxChange: Sendable {
    /// Whose.
    package let user: InboxUser
    /// What is to be done.
    package let action: Action

    /// What can be done.
    package enum Action: Sendable {
        /// Have these patterns in place of those that were added before.
        case add([TopicPattern])
        /// Everything, or all of a topic, has been read up to the event of this id.
        case acknowledge(id: String, topic: TopicName?)
    }

    /// Puts the two together.
    package init(_ user: InboxUser, _ action: Action) {
        self.user = user
        self.action = action
    }
}

extension EventID {
    /// The id without the mark that tells a client not to come back.
    package static func withoutStop(_ id: String) -> String {
        id.hasSuffix(stopMark) ? String(id.utf8.dropLast(stopMark.utf8.count)) ?? id : id
    }

    /// The position up to which somebody has read who gives this id.
    ///
    /// - Parameters:
    ///   - id: without the mark to stop.
    ///   - own: the position of the event to which its publisher gave this id, if there is one.
    ///   - presentEpoch: the name of the present epoch.
    ///   - end: the last position of an epoch; `nil` if the log does not know it.
    /// - Throws: `HubError` of the codes `.badID` and `.unknownEpoch`.
    package static func position(
        read id: String, own: Position?, presentEpoch: String, end: (_ epoch: String) -> Position?
    ) throws(HubError) -> Position {
        if let own { return own }
        guard case .position(let epoch, let position) = EventID(id) else {
            throw HubError(
                .badID,
                "the id \"\(id.prefix(longest))\" is not that of an event that is kept: give one that the hub sent")
        }
        if let end = end(epoch) {
            if position <= end { return position }
            throw HubError(.badID, "the id \"\(id)\" is beyond the last event (\(end)): give one that the hub sent")
        }
        // A publisher's own id may end in a number too.
        guard isEpoch(epoch, like: presentEpoch) else {
            throw HubError(
                .badID,
                "the id \"\(id.prefix(longest))\" is not that of an event that is kept: give one that the hub sent")
        }
        throw HubError(
            .unknownEpoch,
            "the id \"\(id)\" is of a log that this hub does not have, so it is not known what was read: read the inbox anew, and give an id from there"
        )
    }
}
