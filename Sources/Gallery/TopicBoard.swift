// Owns the routes of one system. What is not the board's own it declines, and must never answer in the hub's place.

import Fanfare

/// A board of topics: a page that lists what is published to some topics as it comes.
///
/// `GET /?user=huoyijie&topics=chatgpt|robot` is the page, `GET /subscribe?user=…&topics=…` its stream, and the hub's
/// own `POST /publish` feeds it.
enum TopicBoard {
    private static let users: Set = ["huoyijie", "jack"]
    private static let topics = ["chatgpt", "robot"]

    static func add(to routes: inout Routes) {
        routes.get("/") { request in
            guard try request.query("user") != nil || request.query("topics") != nil else { return .declined }
            let visit = try Visit(request)
            return visit.problem ?? Page.file("topic-board.html")
        }
        routes.get("/subscribe") { request in
            guard try request.query("user") != nil else { return .declined }
            let visit = try Visit(request)
            return visit.problem ?? .stream(of: visit.topics, user: visit.user, as: presentations[visit.topics]!)
        }
    }

    /// Each event as a `message` with the topic by which the stream gets it: `{"topic":…,"data":…}`.
    private static let presentations = Dictionary(
        uniqueKeysWithValues: [["chatgpt"], ["robot"], topics].map { wanted in
            let presentation = EventPresentation { event in
                let topic = event.topics.first(where: wanted.contains) ?? ""
                return Event(json: ["topic": topic, "data": event.data], type: "message")
            }
            return (wanted, presentation)
        })

    /// Who wants to see what.
    private struct Visit {
        let user: String
        let topics: [String]

        init(_ request: Request) throws {
            user = try request.query("user") ?? ""
            let wanted = try (request.query("topics") ?? "").split(separator: "|").map(String.init)
            topics = TopicBoard.topics.filter(wanted.contains)
        }

        /// Why it cannot be had.
        var problem: Response? {
            if !users.contains(user) {
                return .problem(
                    400, "unknown-user", "the board knows the users huoyijie and jack: add user=jack to the query")
            }
            if topics.isEmpty {
                return .problem(
                    400, "no-topic",
                    "the board has the topics chatgpt and robot: add topics=chatgpt|robot to the query")
            }
            return nil
        }
    }
}
