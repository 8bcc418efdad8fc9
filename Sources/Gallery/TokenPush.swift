// Owns the routes of one system. A token must never stand in an answer but in that to who asked for it.

import Fanfare

/// Push with a token: whoever listens with a token of a user gets what is sent with a token of that user.
///
/// `/token` is the page, and `POST /token` makes a token. `GET /events?token=` opens a stream, which ends when its token
/// does; `GET` or `POST /msg?msg=` with `Authorization: Bearer TOKEN` sends to all streams of the token's user.
enum TokenPush {
    static func add(to routes: inout Routes, _ settings: Gallery.Settings) {
        // Of this run alone.
        let key = TokenKey.random()
        Page.add("/token", "token.html", to: &routes)
        routes.post("/token") { request in
            let user = try await request.json(as: Wish.self, whateverItsLabel: true).user
            guard isName(user) else {
                return .problem(
                    400, "bad-user",
                    "a user's name has 1 to 64 characters, is not * or **, and holds no / and no control character")
            }
            let token = try key.issue(to: user, for: settings.tokenLifetime)
            return .json(Ticket(token: token, user: user, seconds: settings.tokenLifetime.components.seconds))
        }
        routes.get("/events") { request in
            // That is the hub's history.
            guard try request.query("topic") == nil else { return .declined }
            guard let token = bare(try request.token()) else {
                return .problem(
                    400, "no-token", "there is no token: add token= to the query, or send Authorization: Bearer TOKEN")
            }
            let identity = try key.verify(token)
            let user = identity.user ?? ""
            return .stream(of: [topic(of: user)], user: user, timeout: identity.remaining)
        }
        for method in [Method.get, .post] {
            routes.on(method, "/msg") { request in
                // Not in the query or a cookie, which a foreign page could have a browser send.
                guard let token = bare(request.header("Authorization")) else {
                    throw Problem(
                        .unauthorized, "token-missing", "who sends has to say so: send Authorization: Bearer TOKEN",
                        fields: ["WWW-Authenticate": "Bearer"])
                }
                let user = try key.verify(token).user ?? ""
                guard let text = try request.query("msg") else {
                    return .problem(400, "no-message", "there is no message: add msg= to the query, percent-encoded")
                }
                return .json(["id": try await request.hub.publish(Event(text), to: topic(of: user))])
            }
        }
    }

    private struct Wish: Decodable {
        let user: String
    }

    private struct Ticket: Encodable {
        let token: String
        let user: String
        let seconds: Int64
    }

    private static func topic(of user: String) -> String { "token-push/\(user)" }

    /// A token without the word that may stand before it; `nil` if there is none.
    private static func bare(_ text: String?) -> String? {
        guard let text else { return nil }
        let word = "bearer "
        let token = text.lowercased().hasPrefix(word) ? text.dropFirst(word.count) : text[...]
        return token.isEmpty ? nil : String(token)
    }

    /// Whether a name can be one segment of a topic.
    private static func isName(_ text: String) -> Bool {
        text.isName(upTo: 64, without: "/") && text != "*" && text != "**"
    }
}
