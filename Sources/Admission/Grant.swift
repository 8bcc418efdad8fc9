// Owns the permissions of one who asks. All that decides what somebody may do is asked here, and nothing here is ever
// widened: what is not granted is refused.

package import Answers
package import Authorization
package import Hub

/// Who asks, and what they may do. Requests with the same token share one.
package final class Grant: Sendable {
    /// What they may read.
    package let access: ReadAccess
    private let bearer: Bearer

    private enum Bearer: Sendable {
        /// Anybody, where there is no authorization.
        case anybody
        /// Somebody without a token, where there is.
        case anonymous
        case token(Token)
    }

    private init(_ bearer: Bearer, access: ReadAccess) {
        self.bearer = bearer
        self.access = access
    }

    /// Everybody may do everything.
    package static let open = Grant(.anybody, access: .everything)

    /// What somebody may who has no token, where there is authorization.
    ///
    /// - Parameter isPublicReadable: whether they may read events that are not private.
    static func anonymous(isPublicReadable: Bool) -> Grant {
        Grant(.anonymous, access: ReadAccess(patterns: [], isPublicReadable: isPublicReadable, isAdmin: false))
    }

    /// What a token grants that was verified.
    convenience init(_ token: Token, isPublicReadable: Bool) {
        self.init(
            .token(token),
            access: ReadAccess(
                patterns: token.permissions.subscribe, isPublicReadable: isPublicReadable,
                isAdmin: token.permissions.admin))
    }

    /// Checks that it holds at a time: what was verified before may have ended.
    func check(at time: Int, by rules: TokenRules) throws(TokenError) {
        try token?.check(at: time, leeway: rules.leeway)
    }

    /// Whether the key is among these that verified it, if one did.
    package func isVouchedFor(by keys: KeySet) -> Bool { token.map { keys.has($0.key) } ?? true }

    private var token: Token? {
        if case .token(let token) = bearer { return token }
        return nil
    }

    /// Who it is for and what they may do, if it is by a token.
    package var meaning: TokenMeaning? { token?.meaning }

    /// Whose it is: the token's `sub`; nil if nobody said.
    package var user: String? { token?.user }

    /// When it ends, in seconds since 1970; nil if never.
    package var end: Int? { token?.expiry }

    /// Whether it is by a token, which may end.
    package var hasToken: Bool { token != nil }

    /// Whether there is no authorization at all.
    package var isOpen: Bool {
        if case .anybody = bearer { return true }
        return false
    }

    /// Whether they may look after the hub.
    private var isAdmin: Bool { isOpen || token?.permissions.admin == true }

    // MARK: - What is refused

    /// Why they may not do what is for those who look after the hub; nil if they may.
    ///
    /// - Parameter what: as `listing topics`.
    package func adminRefusal(of what: String) -> Problem? {
        isAdmin ? nil : refusal("\(what) is not permitted: \"admin\" is not in the token's claim \"fanfare\"")
    }

    /// Refuses those who may publish nothing, before anything is read of what they send.
    package func requirePublishing() throws(Problem) {
        if isOpen || token?.permissions.publish.isEmpty == false { return }
        throw refusal("publishing is not permitted: \"publish\" in the token's claim \"fanfare\" has no pattern")
    }

    /// Refuses events on topics to which they may not publish.
    package func requirePublishing(_ drafts: OneOrMore<Draft>) throws(Problem) {
        if isOpen { return }
        let publish = token?.permissions.publish ?? []
        var last: TopicName?
        for draft in drafts {
            for topic in draft.topics where topic != last {
                guard publish.contains(where: { $0.matches(topic) }) else {
                    throw refusal(
                        "publishing to \"\(topic.text)\" is not permitted: no pattern of \"publish\" in the token's claim \"fanfare\" matches it"
                    )
                }
                last = topic
            }
        }
    }

    /// Refuses to read where nothing could ever come of it.
    package func requireReading(anyOf wanted: [TopicPattern]) throws(Problem) {
        if wanted.contains(where: access.allowsAny) { return }
        let names = wanted.map { "\"\($0.text)\"" }.joined(separator: ", ")
        throw refusal(
            wanted.allSatisfy(\.isReserved)
                ? "reading \(names) is not permitted: topics that begin with $ are the hub's own, and need \"admin\" beside \"subscribe\" in the token's claim \"fanfare\""
                : "reading \(names) is not permitted: no pattern of \"subscribe\" in the token's claim \"fanfare\" meets it"
        )
    }

    /// Whose stream it is, if they say that it is `user`'s.
    package func streamUser(named name: String?) throws(Problem) -> String? {
        if isOpen { return name }
        if let name, user?.utf8.elementsEqual(name.utf8) != true {
            throw refusal("user= is another than the token's \"sub\", whose stream it is: leave user= out")
        }
        return user
    }

    /// Refuses what concerns somebody else's inbox.
    package func requireInbox(of user: InboxUser) throws(Problem) {
        if isAdmin || self.user?.utf8.elementsEqual(user.name.utf8) == true { return }
        throw refusal(
            "the inbox of \"\(user.name)\" is not the token's: its \"sub\" is another, and \"admin\" is not in its claim \"fanfare\""
        )
    }

    /// Refuses to add topics to an inbox that whose it is may not read. What those add who look after the hub is not
    /// known to be readable, and is filtered when it is read.
    package func requireReading(allOf patterns: [TopicPattern]) throws(Problem) {
        if isAdmin { return }
        for pattern in patterns where !access.covers(pattern) {
            throw refusal(
                "adding \"\(pattern.text)\" is not permitted: \"subscribe\" in the token's claim \"fanfare\" does not allow all of it"
            )
        }
    }

    /// What an inbox shows them: all, to those who look after the hub.
    package var inboxAccess: ReadAccess { isAdmin ? .everything : access }

    private func refusal(_ detail: String) -> Problem {
        // Who has no token may be permitted once they have one.
        if case .anonymous = bearer { return .tokenMissing }
        return .forbidden(detail)
    }
}
