// Owns what is asked of the log's threads about inboxes, and that each who asks is answered.

import Hub

/// A change of an inbox that waits for the writer.
struct InboxLetter: Sendable {
    let change: InboxChange
    let completion: @Sendable (_ refusal: HubError?) -> Void
}

/// Changes of inboxes that are in one transaction, and what comes of them once it is on disk.
struct InboxGroup {
    let letters: [InboxLetter]
    /// Why each was refused, if it was.
    var outcomes: [HubError?] = []
    /// What streams of inboxes are subscribed to from now on.
    var topics: [InboxTopics] = []
    /// Which patterns got a user, or lost one.
    var patterns: [(pattern: TopicPattern, isAdded: Bool)] = []

    var isEmpty: Bool { letters.isEmpty }

    /// Tells that nothing was changed.
    func refuse(_ error: SQLiteLogError) {
        for letter in letters { letter.completion(error.changeRefusal) }
    }
}

/// What the reader is asked about inboxes.
enum InboxQuestion: Sendable {
    case inbox(InboxUser, @Sendable (Result<Inbox, HubError>) -> Void)
    case count([UnreadRequest], through: Position, @Sendable (Result<[UnreadCount], HubError>) -> Void)
    case positions(
        [UnreadRequest], through: Position,
        @Sendable (Result<(found: [Position], left: [UnreadRequest]), HubError>) -> Void)
    case ids([Position], @Sendable (Result<[String], HubError>) -> Void)

    /// Tells that the file cannot be read.
    func refuse(_ error: SQLiteLogError) {
        let refusal = error.readRefusal
        switch self {
        case .inbox(_, let completion): completion(.failure(refusal))
        case .count(_, _, let completion): completion(.failure(refusal))
        case .positions(_, _, let completion): completion(.failure(refusal))
        case .ids(_, let completion): completion(.failure(refusal))
        }
    }
}
