// Owns the door of the hub's endpoints: nobody gets to one without a grant. Must never keep a loop waiting for keys, nor send
// anybody away for good whose key may only not have come yet.

import Admission
import Answers
import HTTPMessage
import Hub
import Keys
import Network

extension Worker {
    /// What answers a request of somebody who was let in, as far as their grant goes.
    typealias GrantedEndpoint = @Sendable (Worker, consuming Exchange, borrowing RequestHead, [UInt8], Grant) -> Void

    /// Finds out who asks, and has them answered.
    func admit(
        _ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: [UInt8],
        to endpoint: @escaping GrantedEndpoint
    ) {
        admit(exchange, head, body, to: endpoint, after: nil, mayVerify: mayVerify)
    }

    /// Whether a token may be verified that did not have to wait for its turn.
    private var mayVerify: Bool { admissions.isEmpty && doorkeeper.spent < Admissions.share }

    /// - Parameters:
    ///   - outcome: what a wait for keys came to; nil if there was none.
    ///   - mayVerify: whether it is the token's turn.
    private func admit(
        _ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: [UInt8],
        to endpoint: @escaping GrantedEndpoint, after outcome: KeySearch.Outcome?, mayVerify: Bool
    ) {
        do throws(Problem) {
            switch (try doorkeeper.admit(head, at: .present(loop), mayVerify: mayVerify), outcome) {
            case (.granted(let grant), _):
                endpoint(self, exchange, head, body, grant)
            case (.unread, _):
                queue(exchange, copy head, body, to: endpoint, after: outcome)
            case (.unverified, nil), (.unverified, .outdated):
                seek(exchange, copy head, body, to: endpoint)
            case (.unverified(let token, let problem), .complete):
                core.gate.keys?.miss(token, at: loop.now)
                exchange.answer(problem)
            case (.unverified, .undecided):
                // A key may be there that could not be fetched: whoever asks is told to come again.
                turnAway(exchange, head, with: .keysUnavailable)
            }
        } catch {
            exchange.answer(error)
        }
    }

    /// Has a request wait for its turn.
    private func queue(
        _ exchange: Exchange, _ head: RequestHead, _ body: [UInt8], to endpoint: @escaping GrantedEndpoint,
        after outcome: KeySearch.Outcome?
    ) {
        guard let connection = exchange.carrier.connectionIdentity else { return }
        let waiting = Admissions.Waiting(bytes: body.count + head.byteCount) { [self] in
            guard exchange.isCurrent else { return }
            admit(exchange, head, body, to: endpoint, after: outcome, mayVerify: true)
        }
        if !admissions.add(waiting, of: connection) { turnAway(exchange, head, with: .tooManyTokens) }
    }

    /// Verifies tokens of requests that wait, for a part of the round.
    func admitWaiting() {
        doorkeeper.spent = .zero
        while doorkeeper.spent < Admissions.share, let waiting = admissions.next() { waiting.admit() }
    }

    /// Has keys fetched, and looks at the request again: many may have waited for them, and so they take turns.
    private func seek(
        _ exchange: Exchange, _ head: RequestHead, _ body: [UInt8], to endpoint: @escaping GrantedEndpoint
    ) {
        let waiter = KeySearch.Waiter(bytes: body.count + head.byteCount) { [self] outcome in
            loop.submit { [self] in
                guard exchange.isCurrent else { return }
                admit(exchange, head, body, to: endpoint, after: outcome, mayVerify: mayVerify)
            }
        }
        if core.gate.keys?.search(at: loop.now, waiter) == true { return }
        // A fetch may have ended between the look and the search, and have brought the key.
        admit(exchange, head, body, to: endpoint, after: .undecided, mayVerify: mayVerify)
    }

    /// Ends the streams whose tokens were verified with keys that are no longer there.
    func endStreamsOfLostKeys() {
        guard let keys = core.gate.keys?.keys.set else { return }
        for (stream, lease) in board.leases {
            guard let grant = (lease as? StreamTenancy)?.grant, !grant.isVouchedFor(by: keys) else { continue }
            board.end(stream, because: .revoked)
        }
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
