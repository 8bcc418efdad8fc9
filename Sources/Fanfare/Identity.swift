// Owns what a program learns of who asks. Must never hold the token itself.

import Authorization
import Hub
import Network

/// Who a verified token is for, and what they may do.
public struct Identity: Sendable, Hashable {
    /// The user (`sub`); `nil` if the token names none.
    public let user: String?
    /// When the token ends, in seconds since 1970; `nil` if never.
    public let expiry: Int?
    /// How long the token is still good for; `nil` if for ever. A stream that is to end with it has this as its timeout.
    public var remaining: Duration? { expiry.map { .milliseconds(max(0, $0 * 1000 - Process.time)) } }
    private let permissions: Permissions

    init(_ token: TokenMeaning) {
        user = token.user
        expiry = token.expiry
        permissions = token.permissions
    }

    /// The patterns of topics to which they may publish, with the user's name in the place of `{user}`.
    public var publish: [String] { permissions.publish.map(\.text) }

    /// The patterns of topics that they may read, with the user's name in the place of `{user}`.
    public var subscribe: [String] { permissions.subscribe.map(\.text) }

    /// Whether they may look after the hub.
    public var admin: Bool { permissions.admin }

    /// Whether they may publish to a topic. To what is no topic nobody may.
    public func mayPublish(to topic: String) -> Bool {
        guard let topic = try? TopicName(topic), !topic.isReserved else { return false }
        return permissions.publish.contains { $0.matches(topic) }
    }

    /// Whether they may read all events of a topic. What is no topic nobody may read.
    public func mayRead(_ topic: String) -> Bool {
        guard let topic = try? TopicName(topic) else { return false }
        return ReadAccess(patterns: permissions.subscribe, isPublicReadable: false, isAdmin: permissions.admin)
            .allows(topic, isPrivate: true)
    }
}
