// Owns the routes of one system. Who is in the room is what the hub's table says, and must never be counted beside it.

import Fanfare

/// A room in which everyone hears what anyone says.
///
/// `GET /chat` is the page, `GET /chat/events?name=` what was said last and is said now, `POST /chat/messages` says
/// something, and `GET /chat/people` tells who is here.
enum ChatRoom {
    private static let room = "chat/room"

    static func add(to routes: inout Routes) {
        Page.add("/chat", "chat.html", to: &routes)
        routes.group("/chat") { routes in
            routes.get("/events") { request in
                let name = try checked(request.query("name"))
                // With the time at which each was said, and by whom.
                return .stream(of: [room], user: name, from: .last(100), as: .envelope)
            }
            routes.post("/messages") { request in
                let message = try await request.json(as: Message.self)
                _ = try checked(message.name)
                guard message.text.count <= 4000, !message.text.isBlank else {
                    return .problem(400, "bad-text", "a message has 1 to 4000 characters, and not only white space")
                }
                let id = try await request.hub.publish(try Event(json: message, type: "message"), to: room)
                return .json(["id": id], status: .created)
            }
            routes.get("/people") { request in .json(["people": try await people(request.hub)]) }
        }
        tellOfPeople(&routes)
    }

    private struct Message: Codable {
        let name: String
        let text: String
    }

    private static func checked(_ name: String?) throws -> String {
        guard let name, name.isName(upTo: 32) else {
            throw Problem(
                .badRequest, "bad-name",
                "a name has 1 to 32 characters, not only white space, and none that ends lines or turns them round")
        }
        return name
    }

    /// Those in the room, each once, however many pages they have open.
    private static func people(_ hub: Hub) async throws -> [String] {
        try await hub.presence(on: room).users.map(\.user)
    }

    // MARK: - Who comes and goes

    private struct Person: Encodable {
        let name: String
    }

    /// Whenever a stream opens or closes: looks who is here, and says who was not before, and who was and is not.
    private static func tellOfPeople(_ routes: inout Routes) {
        let changes = Notes<Void>(most: 1)
        routes.onStreamOpened { if $0.patterns.contains(room) { changes.leave(()) } }
        routes.onStreamClosed { stream, _ in if stream.patterns.contains(room) { changes.leave(()) } }
        routes.background { hub in
            var known: Set<String> = []
            for await _ in changes.read() {
                // Who reloads the page is gone for a moment only.
                try await Task.sleep(for: .seconds(1))
                let present = Set(try await people(hub))
                // While the log cannot be written nobody is told, and so it is as if nobody had come or gone.
                for name in present.subtracting(known).sorted() where await tell("joined", name, hub) {
                    known.insert(name)
                }
                for name in known.subtracting(present).sorted() where await tell("left", name, hub) {
                    known.remove(name)
                }
            }
        }
    }

    private static func tell(_ what: String, _ name: String, _ hub: Hub) async -> Bool {
        (try? await hub.publish(try Event(json: Person(name: name), type: what), to: room)) != nil
    }
}
