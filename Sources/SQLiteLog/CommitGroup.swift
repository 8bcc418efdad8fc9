// Owns what goes into one transaction. It must stay small: who is in it waits for all of it.

import Hub

/// What has come for the writer since the last commit.
struct CommitGroup {
    private(set) var appends: [WriterLetter.Append] = []
    private(set) var inboxes: [InboxLetter] = []
    private var events = 0
    private var bytes = 0

    /// No more events or bytes than these go into one transaction.
    private static let mostEvents = 8192
    private static let mostBytes = 8 << 20

    var isEmpty: Bool { appends.isEmpty && inboxes.isEmpty }
    var isFull: Bool { events >= Self.mostEvents || bytes >= Self.mostBytes || inboxes.count >= Self.mostEvents }

    mutating func add(_ append: WriterLetter.Append) {
        appends.append(append)
        for publication in append.publications {
            events += publication.drafts.count
            for draft in publication.drafts { bytes += draft.size }
        }
    }

    mutating func add(_ letter: InboxLetter) { inboxes.append(letter) }

    /// Empties it.
    mutating func take() -> CommitGroup {
        let taken = self
        self = CommitGroup()
        return taken
    }
}
