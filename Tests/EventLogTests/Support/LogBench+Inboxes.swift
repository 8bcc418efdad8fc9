import Hub
import HubSamples

extension LogBench {
    /// Changes an inbox. Gives the refusal, if it was refused.
    @discardableResult
    func change(_ user: String, _ action: InboxChange.Action) -> HubError? {
        let refusal = Answer<HubError?>()
        log.change(InboxChange(try! InboxUser(user), action)) { refusal.bring($0) }
        return refusal.wait()
    }

    @discardableResult
    func add(_ patterns: String..., to user: String) -> HubError? { change(user, .add(patterns.map(pattern))) }

    @discardableResult
    func acknowledge(_ id: String, of name: String? = nil, by user: String) -> HubError? {
        change(user, .acknowledge(id: id, topic: name.map(topic)))
    }

    func summary(of user: String, after: String? = nil, most: Int = 100) async throws -> InboxSummary {
        try await log.summary(of: InboxUser(user), after: after, most: most)
    }

    /// The numbers of unread events, by topic.
    func unread(_ user: String) async throws -> [String: Int] {
        let summary = try await summary(of: user)
        return Dictionary(uniqueKeysWithValues: summary.topics.map { ($0.topic.text, $0.unread) })
    }
}
