// Owns the door of the hub's endpoints: nobody gets to one without a grant. Must never keep a loop waiting for keys, nor send
// anybody away for good whose key may only not have come yet.

package import Admission
package import Answers
package import HTTPMessage
import Hub
package import Keys
import Network

extension Worker {
    /// What answers a request of somebody who was let in, as far as their grant goes.
    typealias GrantedEndpoint = @Sendable (Worker, consuming Exchange, borrowing RequestHead, [UInt8], Grant) -> Void

    /// Finds out who asks, and has them answered.
    func admit(
        _ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: [UInt8],
        to endpoint: @escaping GrantedEndpoint
    ) {
        do throws(Problem) {
            let finding = try doorkeeper.admit(head, at: .present(loop), mayVerify: mayVerify)
            if case .granted(let grant) = finding { return endpoint(self, exchange, head, body, grant) }
            wait(applicant(exchange, copy head, body, to: endpoint), after: finding)
        } catch {
            exchange.answer(error)
        }
    }

    private func applicant(
        _ exchange: Exchange, _ head: RequestHead, _ body: [UInt8], to endpoint: @escaping GrantedEndpoint
    ) -> Applicant {
        Applicant(
            head: head, bytes: body.count + head.byteCount, connection: exchange.carrier.connectionIdentity,
            isThere: { exchange.isCurrent }
        ) { [self] verdict in
            switch verdict {
            case .granted(let grant): endpoint(self, exchange, head, body, grant)
            case .refused(let problem): exchange.answer(problem)
            case .unjudged(let problem): turnAway(exchange, head, with: problem)
            }
        }
    }

    /// Finds out who asks, as the hub's own endpoints do, and has `applicant` told once.
    package func judge(_ applicant: Applicant, after outcome: KeySearch.Outcome? = nil) {
        judge(applicant, after: outcome, mayVerify: mayVerify)
    }

    /// Whether a token may be verified that did not have to wait for its turn.
    private var mayVerify: Bool { admissions.isEmpty && doorkeeper.spent < Admissions.share }

    /// - Parameters:
    ///   - outcome: what a wait for keys came to; nil if there was none.
    ///   - mayVerify: whether it is the token's turn.
    private func judge(_ applicant: Applicant, after outcome: KeySearch.Outcome?, mayVerify: Bool) {
        // Whose client is gone costs nothing more.
        guard applicant.isThere() else { return }
        do throws(Problem) {
            let finding = try doorkeeper.admit(applicant.head, at: .present(loop), mayVerify: mayVerify)
            wait(applicant, after: finding, outcome)
        } catch {
            applicant.tell(.refused(error))
        }
    }

    /// Has a request wait for what is missing, or answered if nothing is.
    private func wait(
        _ applicant: Applicant, after finding: Doorkeeper.Finding, _ outcome: KeySearch.Outcome? = nil
    ) {
        switch (finding, outcome) {
        case (.granted(let grant), _):
            applicant.tell(.granted(grant))
        case (.unread, _):
            queue(applicant, after: outcome)
        case (.unverified, nil), (.unverified, .outdated):
            seek(applicant)
        case (.unverified(let token, let problem), .complete):
            core.gate.keys?.miss(token, at: loop.now)
            applicant.tell(.refused(problem))
        case (.unverified, .undecided):
            // A key may be there that could not be fetched: whoever asks is told to come again.
            applicant.tell(.unjudged(.keysUnavailable))
        }
    }

    /// Has a request wait for its turn.
    private func queue(_ applicant: Applicant, after outcome: KeySearch.Outcome?) {
        let waiting = Admissions.Waiting(bytes: applicant.bytes) { [self] in
            judge(applicant, after: outcome, mayVerify: true)
        }
        guard let connection = applicant.connection, admissions.add(waiting, of: connection) else {
            return applicant.tell(.unjudged(.tooManyTokens))
        }
        loop.nudge()
    }

    /// Verifies tokens of requests that wait, for a part of the round.
    func admitWaiting() {
        doorkeeper.spent = .zero
        while doorkeeper.spent < Admissions.share, let waiting = admissions.next() { waiting.admit() }
    }

    /// Has keys fetched, and looks at the request again: many may have waited for them, and so they take turns.
    private func seek(_ applicant: Applicant) {
        let waiter = KeySearch.Waiter(bytes: applicant.bytes) { [self] outcome in
            loop.submit { [self] in judge(applicant, after: outcome) }
        }
        switch core.gate.keys?.search(at: loop.now, seen: doorkeeper.generation, waiter) {
        case .waits: break
        // A fetch ended between the look and the search, and may have brought the key.
        case .changed: judge(applicant)
        case .refused, nil: applicant.tell(.unjudged(.keysUnavailable))
        }
    }

    /// Ends the streams whose tokens were verified with keys that are no longer there.
    package func endStreamsOfLostKeys() {
        guard let keys = core.gate.keys?.keys.set else { return }
        for (stream, lease) in board.leases {
            guard let grant = (lease as? StreamTenancy)?.grant, !grant.isVouchedFor(by: keys) else { continue }
            board.end(stream, because: .revoked)
        }
    }
}

/// A request whose token cannot be judged at once: keys are yet to be fetched, or others have their turn.
package struct Applicant: Sendable {
    package let head: RequestHead
    /// How much is held of it while it waits.
    package let bytes: Int
    /// With whom it takes turns; nil if its client is gone.
    package let connection: ObjectIdentifier?
    /// Whether anybody still waits for the answer. Asked on the worker's thread.
    package let isThere: @Sendable () -> Bool
    /// Is told once, on the worker's thread, unless nobody waits any more.
    package let tell: @Sendable (Verdict) -> Void

    /// - Parameters:
    ///   - head: the request.
    ///   - bytes: how much is held of it while it waits.
    ///   - connection: with whom it takes turns; nil if its client is gone.
    ///   - isThere: whether anybody still waits for the answer.
    ///   - tell: is told once, unless nobody waits any more.
    package init(
        head: RequestHead, bytes: Int, connection: ObjectIdentifier?, isThere: @escaping @Sendable () -> Bool,
        tell: @escaping @Sendable (Verdict) -> Void
    ) {
        self.head = head
        self.bytes = bytes
        self.connection = connection
        self.isThere = isThere
        self.tell = tell
    }

    /// What came of it.
    package enum Verdict {
        case granted(Grant)
        /// The token is not good.
        case refused(Problem)
        /// The token may be good: whoever asks is to come again.
        case unjudged(Problem)
    }
}

extension Worker {
    /// The time of day was set forward, or the machine slept: tokens end sooner than was thought.
    func timeOfDayWentForward() {
        for (stream, lease) in board.leases {
            guard let end = (lease as? StreamTenancy)?.grant.end else { continue }
            board.bringForward(stream, to: core.gate.expiry(end, now: loop.now, time: Process.time))
        }
        loop.nudge()
    }
}

/// What a stream holds on to for as long as it is there.
final class StreamTenancy {
    /// What it is open by.
    let grant: Grant
    /// What is told of it, if anybody wants to know.
    var watch: StreamWatch?
    private let lease: StreamLease?

    init(_ grant: Grant, _ lease: StreamLease?) {
        self.grant = grant
        self.lease = lease
    }
}
