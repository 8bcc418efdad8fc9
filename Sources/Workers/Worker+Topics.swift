// Owns the endpoint that lists topics, of which there may be very many. Must never put all of them in order, nor keep a
// loop or the log busy for long: it goes in steps, and others have a turn between them.

import Answers
import HTTPMessage
import Hub
import JSONText

extension Worker {
    /// `GET /topics`: topics that have events or are subscribed to by name, in the order of their bytes.
    func listTopics(_ exchange: Exchange, _ head: borrowing RequestHead) {
        exchange.answerLater(copy head) { core, head throws(Problem) in
            let query = try PageQuery(head.query)
            // One more than asked for tells whether there is a next page.
            let found: [TopicName]
            let topics: [TopicName]
            let summaries: [TopicSummary?]
            do throws(HubError) {
                found = try await Self.select(TopicSelection(after: query.after, most: query.limit + 1), core).topics
                topics = Array(found.prefix(query.limit))
                summaries = try await core.summaries(of: topics)
            } catch {
                throw Problem(error)
            }
            let next = found.count > query.limit ? topics.last?.text : nil
            let counts = await Self.subscriberCounts(of: topics, core)
            return .json { json in
                json.object { json in
                    json.key("topics")
                    json.array { json in
                        for (index, topic) in topics.enumerated() {
                            json.object { json in
                                json.member("topic", topic.text)
                                json.member("subscribers", counts[index])
                                json.member("events", summaries[index]?.events ?? 0)
                                json.member("last_id", summaries[index]?.lastID)
                            }
                        }
                    }
                    json.member("next", next)
                }
            }
        }
    }

    /// Chooses from the topics of the log and of all workers.
    private static func select(
        _ selection: TopicSelection, _ core: HubCore
    ) async throws(HubError) -> TopicSelection {
        var selection = selection
        let last = core.log.kept.upperBound - 1
        var place: TopicPlace? = .beginning
        while let from = place {
            let step = try await core.topics(in: selection.range, after: from, through: last)
            selection.add(step.topics)
            place = step.next
            // Others have a turn before the next step.
            await Task.yield()
        }
        for worker in core.workers {
            var start: Int? = 0
            while let from = start {
                let range = selection.range
                let step = await core.ask(worker) { $0.board.namedTopics(in: range, from: from) }
                selection.add(step?.topics ?? [])
                start = step?.next
            }
        }
        return selection
    }

    /// How many streams each topic reaches, on all workers together.
    private static func subscriberCounts(of topics: [TopicName], _ core: HubCore) async -> [Int] {
        var counts: [Int] = []
        while counts.count < topics.count {
            let part = Array(topics[counts.count...].prefix(64))
            var sums = Array(repeating: 0, count: part.count)
            for some in await core.gather({ $0.board.subscriberCounts(of: part) }) {
                for (index, count) in some.enumerated() { sums[index] += count }
            }
            counts += sums
        }
        return counts
    }
}
