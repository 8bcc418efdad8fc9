// Owns a worker's judgement of who asks. Must never let a token count for longer than its key and its time do.

package import Answers
package import Authorization
package import HTTPMessage
package import Hub
import Keys
import Synchronization

/// A worker's side of the gate. It belongs to the worker's thread.
package struct Doorkeeper {
    private let gate: Gate
    private var memory = TokenMemory()
    private var keys = KeySet([])
    /// Which generation of keys it looked at last.
    package private(set) var generation = -1
    /// How long tokens were verified in this round.
    package var spent: Duration = .zero

    package init(_ gate: Gate) { self.gate = gate }

    /// What came of a look at a request.
    package enum Finding {
        case granted(Grant)
        /// The token has to be verified, which is not its turn yet.
        case unread
        /// No key that is known here verifies the token, but keys are fetched, and there may be one.
        case unverified(SHA256Digest, Problem)
    }

    /// Finds out who asks, and what they may.
    ///
    /// - Parameters:
    ///   - head: the request.
    ///   - clock: the time.
    ///   - mayVerify: whether a token that is not remembered may be verified now.
    /// - Throws: a 401 that is final.
    package mutating func admit(
        _ head: borrowing RequestHead, at clock: Clock, mayVerify: Bool = true
    ) throws(Problem) -> Finding {
        if gate.isOpen { return .granted(.open) }
        guard let carried = try CarriedToken.read(head) else { return .granted(gate.anonymous) }
        refresh()
        let bytes = [UInt8](carried.text.utf8)
        let digest = SHA256Digest(bytes)
        do throws(TokenError) {
            if let known = memory.grant(of: digest) {
                try known.check(at: clock.time / 1000, by: gate.rules)
                return .granted(known)
            }
            guard mayVerify else { return .unread }
            let begun = ContinuousClock.now
            defer { spent += .now - begun }
            let token = try keys.verify(bytes.span, by: gate.rules, at: clock.time / 1000)
            let grant = Grant(token, isPublicReadable: gate.isPublicReadable)
            memory.add(grant, of: digest)
            return .granted(grant)
        } catch {
            let problem = Problem(error)
            guard let ring = gate.keys, ring.isFetching, mayChange(error, ring) else { throw problem }
            if ring.isMissed(digest, at: clock.now) { throw problem }
            return .unverified(digest, problem)
        }
    }

    /// Whether other keys could lead to another verdict: a key may be named that is yet to be fetched, and as long as some
    /// have never come, any may be.
    private func mayChange(_ error: TokenError, _ ring: KeyRing) -> Bool {
        error.code == .unknownKey || (error.code.dependsOnKeys && ring.isIncomplete)
    }

    /// Checks that what was granted a while ago still is: its key is still there, and its time not over.
    package mutating func confirm(_ grant: Grant, at clock: Clock) throws(Problem) {
        refresh()
        do throws(TokenError) {
            try grant.check(at: clock.time / 1000, by: gate.rules)
        } catch {
            throw Problem(error)
        }
        guard grant.isVouchedFor(by: keys) else {
            throw Problem(
                unauthorized: "token-unknown-key",
                "the key that verified the token has been taken away: come back with a new token")
        }
    }

    private mutating func refresh() {
        guard let ring = gate.keys, generation != ring.generation.load(ordering: .acquiring) else { return }
        (keys, generation) = ring.keys
        memory.removeAll()
    }
}
