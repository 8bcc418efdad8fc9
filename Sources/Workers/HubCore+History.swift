// Owns the reading of history in pages, for those who ask over HTTP and for the program itself. Must never keep a loop busy
// for long: it goes in steps, and others have a turn between them.

package import Hub

/// Some of the history that somebody asked for.
package struct HistoryPart: Sendable {
    /// The events, oldest first.
    package var events: [LoggedEvent] = []
    /// Whether more comes after them.
    package var hasMore = false
    /// Whether events are gone that were asked for.
    package var isGap: Bool
}

extension HubCore {
    /// Reads events that match, oldest first.
    ///
    /// - Parameters:
    ///   - filter: what matches.
    ///   - id: the id after which they come; nil means from the earliest on.
    ///   - limit: at most so many.
    ///   - bytes: and no more once they have so many bytes.
    package func history(
        _ filter: EventFilter, after id: String?, limit: Int, bytes mostBytes: Int
    ) async throws(HubError) -> HistoryPart {
        let through = lastPosition
        let location = try await locate(
            LocateRequest(filter: filter, start: id.map(Start.after) ?? .earliest, through: through, clock: .present))
        var part = HistoryPart(isGap: location.gap != nil)
        var cursor = location.cursor
        var bytes = 0
        // One more than asked for tells whether there is a next page.
        while part.events.count <= limit && bytes < mostBytes && cursor < through {
            let page = try await read(
                ReadRequest(
                    filter: filter, after: cursor, through: through, events: limit + 1 - part.events.count,
                    bytes: mostBytes - bytes))
            if page.lostThrough != nil { part.isGap = true }
            part.events += page.events
            bytes += page.events.reduce(0) { $0 + $1.draft.size }
            cursor = page.cursor
            // Others have a turn before the next part.
            await Task.yield()
        }
        part.hasMore = part.events.count > limit || cursor < through
        if part.events.count > limit { part.events.removeLast(part.events.count - limit) }
        return part
    }
}
