// Owns the door of the hub's endpoints: nobody gets to one without a grant. Must never keep a loop waiting for keys, nor send
// anybody away for good whose key may only not have come yet.

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
        do throws(Problem) {
            let mayVerify = admissions.isEmpty && doorkeeper.spent < Admissions.share
            switch try doorkeeper.admit(head, at: .present(loop), mayVerify: mayVerify) {
            case .granted(let grant): endpoint(self, exchange, head, body, grant)
            case .unread: queue(exchange, copy head, body, to: endpoint)
            case .unverified: seek(exchange, copy head, body, to: endpoint)
            }
        } catch {
            exchange.answer(error)
        }
    }

    /// Has a request wait for its turn.
    private func queue(
        _ exchange: Exchange, _ head: RequestHead, _ body: [UInt8], to endpoint: @escaping GrantedEndpoint
    ) {
        guard let connection = exchange.carrier.connectionIdentity else { return }
        let waiting = Admissions.Waiting(bytes: body.count + head.byteCount) { [self] in
            guard exchange.isCurrent else { return }
            do throws(Problem) {
                switch try doorkeeper.admit(head, at: .present(loop)) {
                case .granted(let grant): endpoint(self, exchange, head, body, grant)
                case .unread, .unverified: seek(exchange, head, body, to: endpoint)
                }
            } catch {
                exchange.answer(error)
            }
        }
        if !admissions.add(waiting, of: connection) { turnAway(exchange, head, with: .tooManyTokens) }
    }

    /// Verifies tokens of requests that wait, for a part of the round.
    func admitWaiting() {
        doorkeeper.spent = .zero
        while doorkeeper.spent < Admissions.share, let waiting = admissions.next() { waiting.admit() }
    }

    /// Has keys fetched, and looks at the request again.
    private func seek(
        _ exchange: Exchange, _ head: RequestHead, _ body: [UInt8], to endpoint: @escaping GrantedEndpoint
    ) {
        let waiter = KeySearch.Waiter(bytes: body.count + head.byteCount) { [self] outcome in
            loop.submit { [self] in admit(exchange, head, body, to: endpoint, after: outcome) }
        }
        if core.gate.keys?.search(at: loop.now, waiter) == true { return }
        // A fetch may have ended between the look and the search, and have brought the key.
        admit(exchange, head, body, to: endpoint, after: .undecided)
    }

    private func admit(
        _ exchange: Exchange, _ head: RequestHead, _ body: [UInt8], to endpoint: @escaping GrantedEndpoint,
        after outcome: KeySearch.Outcome
    ) {
        guard exchange.isCurrent else { return }
        do throws(Problem) {
            switch try doorkeeper.admit(head, at: .present(loop)) {
            case .granted(let grant):
                endpoint(self, exchange, head, body, grant)
            case .unread:
                queue(exchange, head, body, to: endpoint)
            case .unverified(let token, let problem):
                guard outcome == .complete else { return putOff(exchange, head) }
                core.gate.keys?.miss(token, at: loop.now)
                exchange.answer(problem)
            }
        } catch {
            exchange.answer(error)
        }
    }

    /// A key may be there that could not be fetched: whoever asks is told to come again.
    private func putOff(_ exchange: Exchange, _ head: borrowing RequestHead) {
        turnAway(exchange, head, with: .keysUnavailable)
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
final class StreamTenancy: Sendable {
    /// What it is open by.
    let grant: Grant
    private let lease: StreamLease?

    init(_ grant: Grant, _ lease: StreamLease?) {
        self.grant = grant
        self.lease = lease
    }
}
