// Owns the questions that put an inbox together from what a log knows. Each is short, and others have a turn between
// them.

extension EventLog {
    /// What is unread in a user's inbox.
    ///
    /// - Parameters:
    ///   - user: whose inbox.
    ///   - access: topics that it does not allow are neither counted nor listed. What all may read does not count: counting
    ///     goes by topics, and cannot tell private events from others.
    ///   - after: the name after which topics are listed; the sums are over all.
    ///   - most: how many topics are listed, at least one.
    /// - Throws: `HubError` of the code `.unavailable`.
    package func summary(
        of user: InboxUser, within access: ReadAccess, after: String? = nil, most: Int = 100
    ) async throws(HubError) -> InboxSummary {
        let inbox = try await inbox(of: user)
        var tally = UnreadTally(after: after, most: most)
        try await add(inbox, within: access.own, to: &tally, isSumWanted: true)
        let (page, next) = tally.page
        var firsts = page.map { $0.count.first ?? 0 }
        if let first = tally.first { firsts.append(first) }
        var ids: [String] = []
        while ids.count < firsts.count {
            let part = Array(firsts[ids.count...].prefix(Self.requestsAStep))
            ids += try await withCheckedContinuation { continuation in
                self.ids(at: part) { continuation.resume(returning: $0) }
            }.get()
        }
        return InboxSummary(
            unread: tally.unread, first: tally.first == nil ? nil : ids.last,
            topics: zip(page, ids).map { topic, id in
                InboxSummary.Topic(topic: topic.topic, unread: topic.count.count, first: id)
            }, next: next, hasGap: inbox.record.hasGap(within: access.own),
            patterns: inbox.record.patterns.map(\.pattern))
    }

    /// What a stream of an inbox is subscribed to, and where it starts if it is to have all that is unread.
    ///
    /// - Parameters:
    ///   - user: whose inbox.
    ///   - access: topics that it does not allow do not count, whatever all may read.
    /// - Throws: `HubError` of the code `.unavailable`.
    package func unreadStart(
        of user: InboxUser, within access: ReadAccess
    ) async throws(HubError) -> (topics: InboxTopics, start: Start) {
        let inbox = try await inbox(of: user)
        var tally = UnreadTally(after: nil, most: 1)
        try await add(inbox, within: access.own, to: &tally, isSumWanted: false)
        let gap =
            inbox.record.hasGap(within: access.own)
            ? Gap(requested: EventID.text(epoch: epoch, inbox.record.mark), reason: .expired) : nil
        // What comes after the count is sent too.
        let cursor = tally.first.map { $0 - 1 } ?? inbox.kept.upperBound - 1
        return (inbox.record.topics, .at(cursor, gap))
    }

    /// What is known of a user's inbox.
    ///
    /// - Throws: `HubError` of the code `.unavailable`.
    package func inbox(of user: InboxUser) async throws(HubError) -> Inbox {
        try await withCheckedContinuation { continuation in
            inbox(of: user) { continuation.resume(returning: $0) }
        }.get()
    }

    /// So many topics are counted in a step.
    private static var requestsAStep: Int { 256 }

    private func add(
        _ inbox: Inbox, within access: ReadAccess, to tally: inout UnreadTally, isSumWanted: Bool
    ) async throws(HubError) {
        let last = inbox.kept.upperBound - 1
        let (names, ranges) = inbox.places
        try await count(
            inbox.requests(for: names, within: access), through: last, into: &tally, isSumWanted: isSumWanted)
        for range in ranges {
            var place: TopicPlace? = .beginning
            while let from = place {
                let step = try await withCheckedContinuation { continuation in
                    topics(in: range, after: from, through: last) { continuation.resume(returning: $0) }
                }.get()
                try await count(
                    inbox.requests(for: step.topics, within: access), through: last, into: &tally,
                    isSumWanted: isSumWanted)
                place = step.next
                await Task.yield()
            }
        }
    }

    private func count(
        _ requests: [UnreadRequest], through last: Position, into tally: inout UnreadTally, isSumWanted: Bool
    ) async throws(HubError) {
        var start = 0
        while start < requests.count {
            let part = Array(requests[start...].prefix(Self.requestsAStep))
            start += part.count
            let counts = try await withCheckedContinuation { continuation in
                count(part, through: last) { continuation.resume(returning: $0) }
            }.get()
            var wanted = tally.add(part, counts)
            while isSumWanted, !wanted.isEmpty {
                let asked = wanted
                let (found, left) = try await withCheckedContinuation { continuation in
                    positions(of: asked, through: last) { continuation.resume(returning: $0) }
                }.get()
                tally.add(found)
                wanted = left
                await Task.yield()
            }
        }
    }
}
