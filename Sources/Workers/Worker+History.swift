// Owns the endpoint of history. Its answer must never be larger than a page, whatever was asked for.

import Admission
import Answers
import HTTPMessage
import Hub
import JSONText
import Wishes

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
        let part: HistoryPart
        do throws(HubError) {
            let filter = try EventFilter([pattern], within: access)
            part = try await core.history(filter, after: page.after, limit: page.limit, bytes: PageQuery.mostBytes)
        } catch {
            throw Problem(error)
        }
        return .json { json in
            json.object { json in
                json.key("events")
                var last: Int?
                json.array { json in
                    // Escapes may make six bytes of one.
                    for index in part.events.indices where json.byteCount < 2 * PageQuery.mostBytes {
                        part.events[index].write(to: &json, readableBy: access)
                        last = index
                    }
                }
                json.member(
                    "next", last.flatMap { part.hasMore || $0 + 1 < part.events.count ? part.events[$0].id : nil })
                json.member("gap", part.isGap)
            }
        }
    }
}
