// Owns how options become a token. What it makes is verified before it is shown: a token that the hub would refuse is of
// no use to anybody.

internal import Authorization
internal import Hub
internal import JSONText
internal import TimerWheel

/// A token to be made.
struct TokenDraft {
    private let options: TokenOptions

    /// - Throws: ``CommandError`` for options that make no token.
    init(_ options: TokenOptions) throws(CommandError) {
        self.options = options
        guard options.admin || !options.publish.isEmpty || !options.subscribe.isEmpty else {
            throw CommandError(.usage, "a token for what? give --publish PATTERN, --subscribe PATTERN or --admin")
        }
        guard options.user != "" else {
            throw CommandError(.usage, "--user: it is empty; leave it out for a token of nobody")
        }
        for (name, patterns) in [("publish", options.publish), ("subscribe", options.subscribe)] {
            for pattern in patterns {
                do throws(HubError) {
                    _ = try TopicPattern(pattern)
                } catch {
                    throw CommandError(.usage, "--\(name): \(error.description)")
                }
            }
        }
    }

    /// The token, made now.
    ///
    /// - Throws: ``CommandError`` if no key can sign it, or no hub would take it.
    func token(signedWith keys: [Key], at now: Int) throws(CommandError) -> String {
        let key = try signer(among: keys)
        let text: String
        do throws(AuthorizationError) {
            text = try key.sign(claims(at: now), with: options.algorithm)
        } catch {
            throw CommandError(.usage, "\(options.keyFile ?? ""): \(error.description)")
        }
        let permissions = try permissions(of: text, signedWith: key, at: now)
        guard permissions.publish.count == options.publish.count,
            permissions.subscribe.count == options.subscribe.count
        else {
            throw CommandError(
                .usage,
                options.user == nil
                    ? "{user} stands for the user's name: give --user NAME"
                    : "--user: this name cannot stand for {user}: that is one segment of a topic, without / and control characters, and neither * nor **"
            )
        }
        return text
    }

    /// What a hub makes of the token.
    private func permissions(
        of text: String, signedWith key: Key, at now: Int
    ) throws(CommandError) -> Permissions {
        do throws(TokenError) {
            let rules = options.rules
            return try KeySet([key]).verify(text, by: rules, at: now).permissions
        } catch {
            throw CommandError(.usage, "the hub would refuse it: \(error.message)")
        }
    }

    private func claims(at now: Int) -> JSONValue {
        var claims: [JSONValue.Member] = []
        func add(_ name: String, _ text: String?) { if let text { claims.append(.init(name, .string(text))) } }
        add("iss", options.issuer)
        add("aud", options.audience)
        add("sub", options.user)
        claims.append(.init("iat", .number("\(now)")))
        if let expires = options.expires {
            claims.append(.init("exp", .number("\(now + Int(expires.milliseconds / 1000))")))
        }
        var fanfare: [JSONValue.Member] = []
        if !options.publish.isEmpty { fanfare.append(.init("publish", .array(options.publish.map { .string($0) }))) }
        if !options.subscribe.isEmpty {
            fanfare.append(.init("subscribe", .array(options.subscribe.map { .string($0) })))
        }
        if options.admin { fanfare.append(.init("admin", .bool(true))) }
        return .object(claims + [.init("fanfare", .object(fanfare))])
    }

    /// The key of the name that was asked for, or the first that can sign; one without a name takes the one given.
    private func signer(among keys: [Key]) throws(CommandError) -> Key {
        let file = options.keyFile ?? ""
        let signers = keys.filter(\.canSign)
        guard !signers.isEmpty else {
            throw CommandError(.failed, "\(file) has public keys only, which cannot sign; give the private key")
        }
        let fitting = signers.filter { key in options.algorithm.map { key.algorithms.contains($0) } ?? true }
        guard let id = options.kid else { return fitting.first ?? signers[0] }
        let bytes = Array(id.utf8)
        if let key = signers.first(where: { $0.id.map { Array($0.utf8) == bytes } ?? false }) { return key }
        guard let key = (fitting + signers).first(where: { $0.id == nil }) else {
            throw CommandError(.failed, "\(file) has no key of the id that --kid names")
        }
        return key.named(id)
    }
}
