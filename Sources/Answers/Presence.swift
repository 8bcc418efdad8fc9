// Owns what is told of those who have streams. Values only.

/// Who has streams open on a topic.
public struct Presence: Sendable, Hashable {
    /// The users, each once, in the order of their names.
    public let users: [User]
    /// How many streams there are of which nobody said whose they are.
    public let anonymous: Int

    package init(users: [User], anonymous: Int) {
        self.users = users
        self.anonymous = anonymous
    }

    /// A user who is there.
    public struct User: Sendable, Hashable {
        /// The name.
        public let user: String
        /// How many streams are this user's.
        public let streams: Int

        package init(user: String, streams: Int) {
            self.user = user
            self.streams = streams
        }
    }
}
