// Owns how a program makes tokens and verifies them by a key of its own. Must never hand out a token that would not be taken,
// nor show the key.

import Admission
public import Answers
import Authorization
import Hub
import JSONText
import Network
import TimerWheel

/// A secret with which a program makes tokens (JWT, HS256) and verifies them.
///
/// Give a server the same secret by `Configuration.keyFile`, and the hub's own endpoints take its tokens too.
public struct TokenKey: Sendable {
    private let key: Key

    /// A key that nobody else has, and that is gone with the process: so are its tokens.
    public static func random() -> TokenKey {
        var randomness = SystemRandomNumberGenerator()
        let secret = (0..<48).map { _ in UInt8.random(in: .min ... .max, using: &randomness) }
        do throws(AuthorizationError) {
            return TokenKey(key: try Key(secret: secret))
        } catch {
            preconditionFailure(error.description)
        }
    }

    /// A key of a secret.
    ///
    /// - Parameter secret: at least 32 bytes that nobody can guess, as `openssl rand -base64 48` makes them.
    /// - Throws: ``TokenKeyError`` if it is too short.
    public init(secret: [UInt8]) throws(TokenKeyError) {
        do throws(AuthorizationError) {
            key = try Key(secret: secret)
        } catch {
            throw TokenKeyError(description: error.description)
        }
    }

    /// A key of a secret that is text: its UTF-8, as a file with it and nothing else would have it.
    ///
    /// - Throws: ``TokenKeyError`` if it has less than 32 bytes.
    public init(secret: String) throws(TokenKeyError) { try self.init(secret: Array(secret.utf8)) }

    private init(key: Key) { self.key = key }

    /// Makes a token.
    ///
    /// - Parameters:
    ///   - user: whose it is (`sub`); nobody's if `nil`.
    ///   - duration: how long it is good for, in whole seconds, at least one.
    ///   - publish: patterns of topics to which they may publish. `{user}` as a segment stands for the user's name.
    ///   - subscribe: patterns of topics that they may read.
    ///   - admin: whether they may look after the hub.
    /// - Throws: ``TokenKeyError`` if no hub would take it as it is meant: a pattern is none, the user's name is empty or too
    ///   long, or cannot stand for `{user}` where that is.
    public func issue(
        to user: String?, for duration: Duration, publish: [String] = [], subscribe: [String] = [], admin: Bool = false
    ) throws(TokenKeyError) -> String {
        guard user != "" else { throw TokenKeyError(description: "the user's name is empty: give nil for nobody") }
        let now = Process.time / 1000
        let (end, isOver) = now.addingReportingOverflow(max(1, duration.milliseconds / 1000))
        let text: String
        let meaning: TokenMeaning
        do throws(AuthorizationError) {
            let claims = Self.claims(
                user, now: now, end: isOver ? Self.latest : min(end, Self.latest), publish, subscribe, admin)
            text = try key.sign(claims)
        } catch {
            throw TokenKeyError(description: error.description)
        }
        do throws(TokenError) {
            meaning = try KeySet([key]).verify(text, by: TokenRules(leeway: 0), at: now).meaning
        } catch {
            throw TokenKeyError(description: "nobody would take the token: \(error.message)")
        }
        guard meaning.permissions.publish.count == publish.count,
            meaning.permissions.subscribe.count == subscribe.count
        else {
            throw TokenKeyError(
                description:
                    "the user's name cannot stand for {user}: that is one segment of a topic, without / and control characters, and neither * nor **"
            )
        }
        return text
    }

    /// The last second of the year 9999.
    private static let latest = 253_402_300_799

    private static func claims(
        _ user: String?, now: Int, end: Int, _ publish: [String], _ subscribe: [String], _ admin: Bool
    ) -> JSONValue {
        var claims: [JSONValue.Member] = []
        if let user { claims.append(.init("sub", .string(user))) }
        claims.append(.init("iat", .number("\(now)")))
        claims.append(.init("exp", .number("\(end)")))
        var permissions: [JSONValue.Member] = []
        if !publish.isEmpty { permissions.append(.init("publish", .array(publish.map { .string($0) }))) }
        if !subscribe.isEmpty { permissions.append(.init("subscribe", .array(subscribe.map { .string($0) }))) }
        if admin { permissions.append(.init("admin", .bool(true))) }
        return .object(claims + [.init("fanfare", .object(permissions))])
    }

    /// Verifies a token: its signature by this key, and its time, to the second: `Configuration.tokenLeeway` is for tokens of
    /// the server's own keys.
    ///
    /// - Parameter token: a JWT in compact form.
    /// - Returns: who it is for.
    /// - Throws: a ``Problem``, 401, that says what is wrong and shows nothing of the token.
    public func verify(_ token: String) throws(Problem) -> Identity {
        do throws(TokenError) {
            let token = try KeySet([key]).verify(token, by: TokenRules(leeway: 0), at: Process.time / 1000)
            return Identity(token.meaning)
        } catch {
            throw Problem(error)
        }
    }
}

/// Why a key cannot be used, or a token cannot be made.
public struct TokenKeyError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and what to do; it shows nothing of the key.
    public let description: String
}
