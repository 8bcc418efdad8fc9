// Owns where a request carries its token. Must never let one place stand in for another: the first that has one decides,
// good or bad.

package import Answers
package import HTTPMessage

/// A token as a request brings it: in the field `Authorization`, else as `token=`, else in a cookie.
package struct CarriedToken {
    /// The cookie that a browser sends along, since its `EventSource` can set no fields.
    static let cookie = "fanfare_token"

    package let text: String

    /// Reads it.
    ///
    /// - Returns: nil if there is none.
    /// - Throws: a 401 if there are two in one place: whoever put them there may mean different people.
    package static func read(_ head: borrowing RequestHead) throws(Problem) -> CarriedToken? {
        if let text = try bearer(head) { return CarriedToken(text: text) }
        if let text = try one(of: queryTokens(head), "token= is in the query more than once") {
            return CarriedToken(text: text)
        }
        guard head.fields.contains(.cookie) else { return nil }
        let text = try one(
            of: head.cookies(cookie),
            "two cookies are named \(cookie), and one may be of another page of this site: remove one")
        return text.map(CarriedToken.init)
    }

    /// What an `Authorization` of the scheme `Bearer` holds (RFC 6750, section 2.1). Other schemes are somebody else's,
    /// such as a proxy's.
    private static func bearer(_ head: borrowing RequestHead) throws(Problem) -> String? {
        guard head.fields.contains(.authorization) else { return nil }
        let scheme = "bearer"
        let tokens = head.values(of: .authorization).compactMap { value -> String? in
            let bytes = value.utf8
            guard bytes.count >= scheme.utf8.count,
                zip(bytes, scheme.utf8).allSatisfy({ $0 | 0x20 == $1 })
            else { return nil }
            let rest = bytes.dropFirst(scheme.utf8.count)
            guard let next = rest.first else { return "" }
            return next == 0x20 ? String(Substring(rest.drop { $0 == 0x20 })) : nil
        }
        return try one(of: tokens, "the request has two Authorization fields")
    }

    private static func queryTokens(_ head: borrowing RequestHead) throws(Problem) -> [String] {
        do throws(MessageError) {
            return try head.query.all("token")
        } catch {
            throw Problem(error)
        }
    }

    private static func one(of tokens: [String], _ complaint: String) throws(Problem) -> String? {
        guard let first = tokens.first, tokens.count > 1 else { return tokens.first }
        guard tokens.dropFirst().allSatisfy({ $0.utf8.elementsEqual(first.utf8) }) else {
            throw Problem(unauthorized: "token-ambiguous", complaint)
        }
        return first
    }
}
