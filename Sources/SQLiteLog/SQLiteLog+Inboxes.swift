// Owns how questions about inboxes get to the log's threads. Nothing about them is kept in memory.

package import Hub

extension SQLiteLog {
    package func change(_ change: InboxChange, completion: @escaping @Sendable (_ refusal: HubError?) -> Void) {
        if !writing.put(.inbox(InboxLetter(change: change, completion: completion))) {
            completion(SQLiteLogError.closed.changeRefusal)
        }
    }

    package func inbox(of user: InboxUser, completion: @escaping @Sendable (Result<Inbox, HubError>) -> Void) {
        ask(.inbox(user, completion))
    }

    package func count(
        _ requests: [UnreadRequest], through last: Position,
        completion: @escaping @Sendable (Result<[UnreadCount], HubError>) -> Void
    ) {
        ask(.count(requests, through: last, completion))
    }

    package func positions(
        of requests: [UnreadRequest], through last: Position,
        completion: @escaping @Sendable (Result<(found: [Position], left: [UnreadRequest]), HubError>) -> Void
    ) {
        ask(.positions(requests, through: last, completion))
    }

    package func ids(at positions: [Position], completion: @escaping @Sendable (Result<[String], HubError>) -> Void) {
        ask(.ids(positions, completion))
    }

    private func ask(_ question: InboxQuestion) {
        if !reading.put(.inbox(question)) { question.refuse(.closed) }
    }
}
