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
        Page.add("/messenger", "messenger.html", to: &routes)
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

        /// Adds the group to each inbox, and says in it who did that; to all of them or to none.
        func make(in hub: Hub) async throws {
            var added: [Hub.Inbox] = []
            do {
                for member in [user] + members where try await add(to: hub.inbox(of: member)) {
                    added.append(hub.inbox(of: member))
                }
                let event = Event(members.joined(separator: ", "), type: "members")
                try await hub.publish(event, to: "groups/\(name)/\(user)")
            } catch {
                for inbox in added { try? await remove(from: inbox) }
                throw error
            }
        }

        private var pattern: String { "groups/\(name)/*" }

        /// - Returns: whether it was not there.
        private func add(to inbox: Hub.Inbox) async throws -> Bool {
            let patterns = try await inbox.unread(limit: 1).patterns
            guard !patterns.contains(pattern) else { return false }
            do {
                try await inbox.set(topics: patterns + [pattern])
            } catch {
                guard error.code == .tooManyTopics else { throw error }
                throw Problem(
                    .badRequest, "too-many-topics",
                    "the inbox of \(inbox.user) has as many topics as it may: take some out, or leave \(inbox.user) out"
                )
            }
            return true
        }

        private func remove(from inbox: Hub.Inbox) async throws {
            try await inbox.set(topics: try await inbox.unread(limit: 1).patterns.filter { $0 != pattern })
        }

        /// Why it cannot be had.
        var problem: Response? {
            for text in [name, user] + members where !Self.isName(text) {
                return .problem(
                    400, "bad-name",
                    "\"\(text)\" is no name: it has 1 to 40 letters, not only white space, no / and no commas, and is neither * nor **"
                )
            }
            guard (1...50).contains(members.count) else {
                return .problem(400, "bad-members", "a group has 1 to 50 members beside who makes it: name them")
            }
            return nil
        }

        private static func isName(_ text: String) -> Bool {
            text.isName(upTo: 40, without: "/,，、") && text != "*" && text != "**"
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
