// Owns the way from a request to what it may do. Must never let a token count that was not verified with the present keys,
// at the present time.

import Authorization
import HTTPMessage
import Synchronization
import TimerWheel

/// What a server asks of those who make requests.
struct Gate: Sendable {
    /// Whether there is no authorization.
    fileprivate let isOpen: Bool
    /// The keys of good tokens; without them no token is good.
    let keys: KeyRing?
    fileprivate let rules: TokenRules
    fileprivate let isPublicReadable: Bool
    /// What is granted without a token; nil if nothing is.
    fileprivate let anonymous: Grant

    init(_ configuration: Configuration, keys: KeyRing?) {
        isOpen = configuration.open
        self.keys = keys
        rules = configuration.tokenRules
        isPublicReadable = configuration.anonymous
        anonymous = .anonymous(isPublicReadable: configuration.anonymous)
    }

    /// The time until which a stream lasts whose token ends, on the clock that never steps back.
    ///
    /// - Parameters:
    ///   - end: when the token ends, in seconds since 1970.
    ///   - now: the present on the one clock,
    ///   - time: and on the other, in milliseconds.
    func expiry(_ end: Int, now: Milliseconds, time: Milliseconds) -> Milliseconds {
        // What is let in after its end, because clocks differ, ends when they can no longer.
        let left = end * 1000 - time
        return now + (left > 0 ? left : max(0, left + rules.leeway * 1000))
    }
}

/// A worker's side of the gate. It belongs to the worker's thread.
struct Doorkeeper {
    private let gate: Gate
    private var memory = TokenMemory()
    private var keys = KeySet([])
    private var generation = -1

    init(_ gate: Gate) { self.gate = gate }

    /// What came of a look at a request.
    enum Finding {
        case granted(Grant)
        /// The token names a key that is not known here; if that is final, it is refused with this.
        case unknownKey(Problem)
    }

    /// Finds out who asks, and what they may.
    ///
    /// - Parameters:
    ///   - head: the request.
    ///   - time: now, in seconds since 1970.
    mutating func admit(_ head: borrowing RequestHead, at time: Int) throws(Problem) -> Finding {
        if gate.isOpen { return .granted(.open) }
        guard let carried = try CarriedToken.read(head) else { return .granted(gate.anonymous) }
        if let ring = gate.keys, generation != ring.generation.load(ordering: .acquiring) {
            (keys, generation) = ring.keys
            memory.removeAll()
        }
        do throws(TokenError) {
            let bytes = [UInt8](carried.text.utf8)
            let digest = SHA256Digest(bytes)
            if let known = memory.grant(of: digest) {
                try known.check(at: time, by: gate.rules)
                return .granted(known)
            }
            let token = try keys.verify(bytes.span, by: gate.rules, at: time)
            let grant = Grant(token, isPublicReadable: gate.isPublicReadable)
            memory.add(grant, of: digest)
            return .granted(grant)
        } catch {
            let problem = Problem(error)
            if error.code == .unknownKey { return .unknownKey(problem) }
            throw problem
        }
    }
}
