// Owns the routes of one system. Who is connected is what the hub's table says, and must never be counted beside it.

import Fanfare

/// A registry of who is connected: each tab of a user has a stream of its own, and anyone may push to a user, or to all
/// whose ids begin alike.
///
/// `GET /emitter` is the page, `GET /sse/sub/{id}` a stream, `GET /sse/push?id=&content=` and
/// `GET /sse/group?groupId=&content=` push, `GET /sse/ids` lists who is there, `GET /sse/breakConnect?id=` ends a user's
/// streams for good.
enum EmitterRegistry {
    /// Where it is told what became of streams.
    private static let log = "emitter/log"

    static func add(to routes: inout Routes) {
        Page.add("/emitter", "emitter.html", to: &routes)
        routes.group("/sse") { routes in
            routes.allowAnyOrigin()
            routes.get("/index") { _ in .text("sse") }
            routes.get("/sub/{id}", subscribe)
            routes.get("/push") { request in
                let user = try EmitterID(request.query("id"))
                return try await push(request, to: user.topic)
            }
            routes.get("/group") { request in
                let beginning = try EmitterID(request.query("groupId"), isBeginning: true)
                return try await push(request, to: beginning.group)
            }
            routes.get("/ids") { request in .json(try await Connected(request.hub, on: EmitterID.everyone)) }
            routes.get("/breakConnect") { request in
                let user = try EmitterID(request.query("id"))
                let closed = try await request.hub.disconnect(on: user.topic, allowReconnect: false)
                return .json(["closed": closed])
            }
            // The hub sees by itself that a tab is gone, and the user's other tabs stay.
            routes.get("/close/{id}") { _ in .text("closed") }
        }
        tellOfStreams(&routes)
    }

    /// A stream of what is pushed to a user, alone and with others. `timeout` is in milliseconds: 0, the default, is none.
    private static let subscribe: Routes.Handler = { request in
        let user = try EmitterID(request.parameters["id"])
        guard let timeout = try Int(request.query("timeout") ?? "0"), (0...86_400_000).contains(timeout) else {
            return .problem(400, "bad-timeout", "the timeout is in milliseconds, and at most a day: 0 is none")
        }
        var topics = [user.topic] + user.groups
        if try request.query("log") == "true" { topics.append(log) }
        return .stream(of: topics, user: user.text, timeout: timeout == 0 ? nil : .milliseconds(timeout))
    }

    /// Publishes the request's content, and tells who is there to get it.
    private static func push(_ request: Request, to topic: String) async throws -> Response {
        guard let content = try request.query("content") else {
            return .problem(400, "no-content", "there is nothing to push: add content= to the query")
        }
        try await request.hub.publish(Event(content), to: topic)
        return .json(try await Connected(request.hub, on: topic))
    }

    // MARK: - What became of streams

    private struct Happening: Codable {
        let id: String
        /// `opened`, or one of the callbacks `completed`, `timeout` and `error`.
        let what: String
        var reason: String?
    }

    /// The hooks must be quick, and so another task publishes what they saw.
    private static func tellOfStreams(_ routes: inout Routes) {
        let seen = Notes<Happening>(most: 1000)
        routes.onStreamOpened { stream in
            guard let id = emitter(of: stream) else { return }
            seen.leave(Happening(id: id, what: "opened"))
        }
        routes.onStreamClosed { stream, reason in
            guard let id = emitter(of: stream) else { return }
            let callback =
                switch reason {
                case .timedOut: "timeout"
                case .slow, .failed: "error"
                default: "completed"
                }
            seen.leave(Happening(id: id, what: callback, reason: reason.rawValue))
        }
        routes.background { hub in
            for await happening in seen.read() {
                // While the log cannot be written, what happens is not told.
                _ = try? await hub.publish(try Event(json: happening, type: "log"), to: log)
            }
        }
    }

    private static func emitter(of stream: StreamInfo) -> String? {
        stream.path?.hasPrefix("/sse/sub/") == true ? stream.user : nil
    }
}

/// Who is connected, and each with how many tabs.
private struct Connected: Encodable {
    let ids: [String]
    let tabs: [Int]
    let count: Int

    init(_ hub: Hub, on topic: String) async throws {
        let users = try await hub.presence(on: topic).users
        ids = users.map(\.user)
        tabs = users.map(\.streams)
        count = users.count
    }
}

/// Whose stream it is, or how the ids of a group begin.
private struct EmitterID {
    let text: String

    init(_ text: String?, isBeginning: Bool = false) throws {
        guard let text, text.isName(upTo: 32, without: "/*") || (isBeginning && text.isEmpty) else {
            throw Problem(
                .badRequest, "bad-id",
                "an id has 1 to 32 characters, and no / or *, nor any that ends lines or turns them round")
        }
        self.text = text
    }

    /// Where one pushes to this user.
    var topic: String { "emitter/user/\(text)" }

    /// Where one pushes to all ids that begin so.
    var group: String { "emitter/group/\(text)" }

    /// A group has no list of members: each stream is on the topic of every beginning that its id has, the empty one too.
    var groups: [String] { (0...text.count).map { "emitter/group/\(text.prefix($0))" } }

    /// On which all streams of the registry are.
    static let everyone = "emitter/group/"
}
