// Owns the way from a request to what it may do. Must never let a token count that was not verified with the present keys,
// at the present time.

package import Authorization
package import Keys
package import TimerWheel

/// What a server asks of those who make requests.
package struct Gate: Sendable {
    /// Whether there is no authorization.
    let isOpen: Bool
    /// The keys of good tokens; without them no token is good.
    package let keys: KeyRing?
    let rules: TokenRules
    let isPublicReadable: Bool
    /// What is granted without a token.
    let anonymous: Grant

    /// - Parameters:
    ///   - isOpen: whether there is no authorization.
    ///   - keys: those of good tokens.
    ///   - rules: what is asked of tokens beside a good signature.
    ///   - isPublicReadable: whether who has no token may read events that are not private.
    package init(isOpen: Bool, keys: KeyRing?, rules: TokenRules, isPublicReadable: Bool) {
        self.isOpen = isOpen
        self.keys = keys
        self.rules = rules
        self.isPublicReadable = isPublicReadable
        anonymous = .anonymous(isPublicReadable: isPublicReadable)
    }

    /// The time until which a stream lasts whose token ends, on the clock that never steps back.
    ///
    /// - Parameters:
    ///   - end: when the token ends, in seconds since 1970.
    ///   - now: the present on the one clock,
    ///   - time: and on the other, in milliseconds.
    package func expiry(_ end: Int, now: Milliseconds, time: Milliseconds) -> Milliseconds {
        // What is let in after its end, because clocks differ, ends when they can no longer.
        let left = end * 1000 - time
        return now + (left > 0 ? left : max(0, left + rules.leeway * 1000))
    }
}
