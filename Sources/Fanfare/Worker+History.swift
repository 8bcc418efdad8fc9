import HTTPMessage
import Hub
import JSONText

extension Worker {
    /// `GET /events`: history as JSON, oldest first.
    func history(_ exchange: Exchange) {
        exchange.answerLater { core, head throws(Problem) in
            let page = try PageQuery(head.query)
            let text = try head.query.required("topic", "name a topic or a pattern")
            let pattern: TopicPattern
            do throws(HubError) {
                pattern = try TopicPattern(text)
            } catch {
                throw Problem(error)
            }
            return await Self.history(of: pattern, page, core)
        }
    }

    private static func history(of pattern: TopicPattern, _ page: PageQuery, _ core: HubCore) async -> Answer {
        let through = core.log.kept.upperBound - 1
        let location = await withCheckedContinuation { continuation in
            let request = LocateRequest(
                patterns: [pattern], start: page.after.map(Start.after) ?? .earliest, through: through, clock: .present)
            core.log.locate(request) { continuation.resume(returning: $0) }
        }
        var events: [LoggedEvent] = []
        var cursor = location.cursor
        var isGap = location.gap != nil
        // One more than asked for tells whether there is a next page.
        while events.count <= page.limit && cursor < through {
            let wanted = page.limit + 1 - events.count
            let from = cursor
            let part = await withCheckedContinuation { continuation in
                let request = ReadRequest(
                    patterns: [pattern], after: from, through: through, events: wanted, bytes: .max)
                core.log.read(request) { continuation.resume(returning: $0) }
            }
            if part.lostThrough != nil { isGap = true }
            events += part.events
            cursor = part.cursor
        }
        let hasNext = events.count > page.limit
        let shown = events.prefix(page.limit)
        return .json { json in
            json.object { json in
                json.key("events")
                json.array { json in
                    for event in shown { event.write(to: &json) }
                }
                json.member("next", hasNext ? shown.last?.id : nil)
                json.member("gap", isGap)
            }
        }
    }
}
