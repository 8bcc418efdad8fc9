// Owns the routes of one system. What is asked of inboxes goes through the hub, and must never be kept here beside it.

import Fanfare

/// A messenger for persons and groups, on the hub's own inboxes: `/messenger` is its page.
///
/// What `anna` writes to `jack` is one event on two topics, `users/jack/from/anna` and `users/anna/to/jack`: it is in both
/// inboxes, unread in the one until it is acknowledged there, and shown in all tabs of the other. A group is the pattern
/// `groups/NAME/*`, added to the inbox of each member; what `anna` writes there is on `groups/NAME/anna`. So who may write
/// as whom is a matter of tokens: `users/*/from/{user}`, `users/{user}/to/*` and `groups/*/{user}`.
///
/// The page publishes with `POST /publish`, follows `GET /subscribe?inbox=`, and counts and acknowledges with `/inbox`.
/// What is left for the program is to make groups, since that changes the inboxes of others.
enum Messenger {
    static func add(to routes: inout Routes) {
        let turns = Turns()
        routes.get("/messenger") { _ in Page.file("messenger.html") }
        routes.post("/messenger/groups") { request in
            let group = try await request.json(as: Group.self, whateverItsLabel: true)
            if let problem = group.problem { return problem }
            // Others may be added to other groups at the same time: what is read has to be what is written to.
            try await turns.take { try await group.make(in: request.hub) }
            return .json(group, status: .created)
        }
    }

    /// A group that somebody makes, or to which they add members.
    private struct Group: Codable {
        let name: String
        let user: String
        let members: [String]

        /// Adds the group to each inbox, and says in it who did that.
        func make(in hub: Hub) async throws {
            for member in [user] + members {
                let inbox = hub.inbox(of: member)
                let patterns = try await inbox.unread(limit: 1).patterns
                guard !patterns.contains("groups/\(name)/*") else { continue }
                try await inbox.set(topics: patterns + ["groups/\(name)/*"])
            }
            let event = Event(members.joined(separator: ", "), type: "members")
            try await hub.publish(event, to: "groups/\(name)/\(user)")
        }

        /// Why it cannot be had.
        var problem: Response? {
            for text in [name, user] + members where !Self.isName(text) {
                return .problem(
                    400, "bad-name",
                    "\"\(text)\" is no name: it has 1 to 40 letters, no / and no commas, and is neither * nor **")
            }
            guard (1...50).contains(members.count) else {
                return .problem(400, "bad-members", "a group has 1 to 50 members beside who makes it: name them")
            }
            return nil
        }

        private static func isName(_ text: String) -> Bool {
            let isForeign = { (scalar: Unicode.Scalar) in
                "/,，、".unicodeScalars.contains(scalar) || scalar.properties.generalCategory == .control
            }
            return (1...40).contains(text.count) && text.utf8.count <= 160 && text != "*" && text != "**"
                && !text.unicodeScalars.contains(where: isForeign)
        }
    }

    /// Lets one after the other.
    private actor Turns {
        private var isTaken = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func take(_ work: @Sendable () async throws -> Void) async rethrows {
            if isTaken { await withCheckedContinuation { waiting.append($0) } }
            isTaken = true
            defer { if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() } }
            try await work()
        }
    }
}
