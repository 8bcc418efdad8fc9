// Owns the endpoint of history. Reads the log in pages, in a task: it must never keep a loop busy for long.

import HTTPMessage
import Hub
import JSONText

extension Worker {
    /// `GET /events`: history as JSON, oldest first.
    func history(_ exchange: Exchange, _ head: borrowing RequestHead, _ grant: Grant) {
        exchange.answerLater(copy head) { core, head throws(Problem) in
            let page = try PageQuery(head.query)
            let text = try head.query.required("topic", "name a topic or a pattern")
            let pattern: TopicPattern
            do throws(HubError) {
                pattern = try TopicPattern(text)
            } catch {
                throw Problem(error)
            }
            try grant.requireReading(anyOf: [pattern])
            return try await Self.history(of: pattern, within: grant.access, page, core)
        }
    }

    private static func history(
        of pattern: TopicPattern, within access: ReadAccess, _ page: PageQuery, _ core: HubCore
    ) async throws(Problem) -> Answer {
        let filter: EventFilter
        do throws(HubError) {
            filter = try EventFilter([pattern], within: access)
        } catch {
            throw Problem(error)
        }
        let through = core.log.kept.upperBound - 1
        let location = try await core.locate(
            LocateRequest(
                filter: filter, start: page.after.map(Start.after) ?? .earliest, through: through, clock: .present)
        )
        var events: [LoggedEvent] = []
        var cursor = location.cursor
        var isGap = location.gap != nil
        var bytes = 0
        // One more than asked for tells whether there is a next page.
        while events.count <= page.limit && bytes < PageQuery.mostBytes && cursor < through {
            let part = try await core.read(
                ReadRequest(
                    filter: filter, after: cursor, through: through, events: page.limit + 1 - events.count,
                    bytes: PageQuery.mostBytes - bytes))
            if part.lostThrough != nil { isGap = true }
            events += part.events
            bytes += part.events.reduce(0) { $0 + $1.draft.size }
            cursor = part.cursor
            // Others have a turn before the next part.
            await Task.yield()
        }
        let hasNext = events.count > page.limit || cursor < through
        let shown = events.prefix(page.limit)
        return .json { json in
            json.object { json in
                json.key("events")
                var last: Int?
                json.array { json in
                    // Escapes may make six bytes of one.
                    for index in shown.indices where json.byteCount < 2 * PageQuery.mostBytes {
                        shown[index].write(to: &json, readableBy: access)
                        last = index
                    }
                }
                json.member("next", last.flatMap { hasNext || $0 + 1 < shown.endIndex ? shown[$0].id : nil })
                json.member("gap", isGap)
            }
        }
    }
}
