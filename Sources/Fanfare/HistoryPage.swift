// Owns the reading of history by a program. It has its own pages, and must never hold all of a long history.

import Hub
import Workers

/// Some of a topic's history.
public struct HistoryPage: Sendable {
    /// The events, oldest first.
    public let events: [PublishedEvent]
    /// The id after which the next page begins; `nil` when this was the last.
    public let next: String?
    /// Whether events are gone that were asked for.
    public let isGap: Bool
}

extension Hub {
    /// Reads events that were published, oldest first, without waiting for more.
    ///
    /// - Parameters:
    ///   - pattern: a topic, or a pattern.
    ///   - id: the id after which they come; `nil` means from the earliest on that is kept.
    ///   - limit: how many at most, from 1 to 1,000. A page ends sooner when it has a mebibyte.
    /// - Returns: a page; ``HistoryPage/next`` is the `id` for the one after it.
    /// - Throws: ``Failure``.
    public func history(
        _ pattern: String, after id: String? = nil, limit: Int = 100
    ) async throws(Failure) -> HistoryPage {
        let core = try await binding.run().core
        do throws(HubError) {
            let part = try await core.history(
                EventFilter([TopicPattern(pattern)]), after: id, limit: min(max(1, limit), PageQuery.most),
                bytes: PageQuery.mostBytes)
            return HistoryPage(
                events: part.events.map { PublishedEvent($0) }, next: part.hasMore ? part.events.last?.id : nil,
                isGap: part.isGap)
        } catch {
            throw Failure(error)
        }
    }
}
