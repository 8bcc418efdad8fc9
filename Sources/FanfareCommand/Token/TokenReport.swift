// Owns what is shown of a token to a person. What stands in it may have been written by anybody: nothing of it moves a
// terminal's cursor.

internal import Authorization
internal import Hub
internal import JSONText
internal import TimerWheel

/// A token in words.
struct TokenReport {
    private let token: UnverifiedToken
    private let encoded: String
    private let now: Int

    /// - Throws: ``CommandError`` for what is no token.
    init(_ text: String, at now: Int) throws(CommandError) {
        do throws(TokenError) {
            token = try UnverifiedToken(text)
        } catch {
            throw CommandError(.failed, error.message)
        }
        encoded = text
        self.now = now
    }

    /// Why the token is refused by these keys; nil if it is accepted.
    func verdict(of keys: [Key], by rules: TokenRules) -> TokenError? {
        do throws(TokenError) {
            _ = try KeySet(keys).verify(encoded, by: rules, at: now)
            return nil
        } catch {
            return error
        }
    }

    /// Header and claims, a line each, then when it ends and what it allows.
    var text: String {
        var lines = [Self.line(token.header), Self.line(token.claims)]
        switch token.meaning {
        case .failure(let error): lines.append("No hub accepts it: \(error.message).")
        case .success(let token): lines += times(of: token) + allowed(by: token)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func times(of token: TokenMeaning) -> [String] {
        var lines: [String] = []
        if let start = token.notBefore {
            lines.append(
                start > now
                    ? "It is good from \(Self.date(start)) on, in \(Self.span(start - now))."
                    : "It was good from \(Self.date(start)) on.")
        }
        switch token.expiry {
        case nil: lines.append("It never ends.")
        case let end? where end > now: lines.append("It ends at \(Self.date(end)), in \(Self.span(end - now)).")
        case let end?: lines.append("It ended at \(Self.date(end)), \(Self.span(now - end)) ago.")
        }
        return lines
    }

    private func allowed(by token: TokenMeaning) -> [String] {
        func patterns(_ patterns: [TopicPattern]) -> String {
            patterns.isEmpty ? "nothing" : patterns.map { Self.line(.string($0.text)) }.joined(separator: ", ")
        }
        let user = token.user.map { "Its user is \(Self.line(.string($0)))." } ?? "It names no user."
        var lines = [
            user, "It may publish to \(patterns(token.permissions.publish)).",
            "It may read \(patterns(token.permissions.subscribe)).",
        ]
        if token.permissions.admin { lines.append("It may administer the hub.") }
        return lines
    }

    private static func date(_ seconds: Int) -> String { Timestamp.text(seconds * 1000).replacing(".000Z", with: "Z") }

    /// A span as people say it: whole units, of which the largest is enough.
    private static func span(_ seconds: Int) -> String {
        for unit in [86_400, 3600, 60] where seconds >= 2 * unit {
            return DurationText.text(.seconds(seconds / unit * unit))
        }
        return DurationText.text(.seconds(seconds))
    }

    /// A value as JSON on one line, in which all is escaped that moves a cursor or ends a line, also what JSON allows.
    private static func line(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        writer.value(value)
        return writer.finishText().unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: escaped(scalar)
            default: String(scalar)
            }
        }.joined()
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        scalar.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
