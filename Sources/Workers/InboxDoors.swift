// Owns what changes about an inbox while the log is asked about it for a new stream. Must never let a stream open with
// topics that were replaced before it.

import Hub

/// The inboxes of which a worker is about to open streams. It belongs to the worker's thread.
struct InboxDoors {
    /// Streams that wait for the same inbox.
    private struct Door {
        var waiting = 0
        /// The last change that came by meanwhile.
        var latest: InboxTopics?
    }

    private var doors: [InboxUser: Door] = [:]

    /// The log is about to be asked for a stream. To be followed by `leave`.
    mutating func enter(_ user: InboxUser) { doors[user, default: Door()].waiting += 1 }

    /// An inbox has other topics from here on.
    mutating func note(_ topics: InboxTopics) {
        guard let index = doors.index(forKey: topics.user) else { return }
        doors.values[index].latest = topics
    }

    /// What the log told of an inbox, or what has come by since. To be asked when nothing else can come by before the
    /// stream is open.
    func latest(_ topics: InboxTopics) -> InboxTopics {
        guard let latest = doors[topics.user]?.latest, latest.revision > topics.revision else { return topics }
        return latest
    }

    /// The stream is open, or will not be.
    mutating func leave(_ user: InboxUser) {
        guard let index = doors.index(forKey: user) else { return }
        doors.values[index].waiting -= 1
        if doors.values[index].waiting == 0 { doors.remove(at: index) }
    }
}
