// Owns what a token allows. Must never allow more than its text says: what cannot be put in a pattern is left out.

package import Hub
internal import JSONText

/// What the bearer of a token may do (its claim `fanfare`), the user's name already put in.
package struct Permissions: Sendable, Hashable {
    /// The topics to which they may publish.
    package var publish: [TopicPattern]
    /// The topics that they may read.
    package var subscribe: [TopicPattern]
    /// Whether they may administer the hub.
    package var admin: Bool

    /// The most patterns of one list.
    package static let mostPatterns = 256

    /// Makes permissions.
    package init(publish: [TopicPattern] = [], subscribe: [TopicPattern] = [], admin: Bool = false) {
        self.publish = publish
        self.subscribe = subscribe
        self.admin = admin
    }

    /// Takes the claim `fanfare`, with the name that `{user}` stands for.
    init(claim: JSONValue, user: String?) throws(TokenError) {
        guard case .object = claim else { throw .fanfareIsNoObject }
        let segment = user.flatMap { try? InboxUser($0).name }
        publish = try Self.patterns(claim["publish"], user: segment)
        subscribe = try Self.patterns(claim["subscribe"], user: segment)
        switch claim["admin"] {
        case nil: admin = false
        case .bool(let value): admin = value
        default: throw .adminIsNoBool
        }
    }

    private static func patterns(_ claim: JSONValue?, user: String?) throws(TokenError) -> [TopicPattern] {
        guard let claim else { return [] }
        guard let elements = claim.elements else { throw .patternsAreNoArray }
        guard elements.count <= mostPatterns else { throw .tooManyPatterns }
        var patterns: [TopicPattern] = []
        for element in elements {
            guard let text = element.string, let pattern = try? TopicPattern(text) else { throw .patternIsNone }
            if let pattern = withUser(user, in: pattern) { patterns.append(pattern) }
        }
        return patterns
    }

    /// The pattern with the user's name in the place of each segment `{user}`; nil if there is no name for it.
    ///
    /// The name was checked to be one segment without control characters, and no wildcard.
    private static func withUser(_ user: String?, in pattern: TopicPattern) -> TopicPattern? {
        guard pattern.text.utf8.contains(UInt8(ascii: "{")) else { return pattern }
        let segments = Array(TopicSegments(pattern.text))
        guard segments.contains(where: { $0.utf8.elementsEqual(placeholder.utf8) }) else { return pattern }
        guard let user else { return nil }
        let text = segments.map { $0.utf8.elementsEqual(placeholder.utf8) ? user : String($0) }.joined(separator: "/")
        // It may be too long by now; then no topic matches it. Nor does a user's name reach the hub's own topics.
        guard let result = try? TopicPattern(text), result.isReserved == pattern.isReserved else { return nil }
        return result
    }

    private static let placeholder = "{user}"
}
