// Owns the door of the hub's endpoints: nobody gets to one without a grant. Must never keep a loop waiting for keys.

import HTTPMessage
import Network
import TimerWheel

extension Worker {
    /// What answers a request of somebody who was let in, as far as their grant goes.
    typealias GrantedEndpoint = @Sendable (Worker, consuming Exchange, borrowing RequestHead, [UInt8], Grant) -> Void

    /// Finds out who asks, and has them answered.
    func admit(
        _ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: [UInt8],
        to endpoint: @escaping GrantedEndpoint
    ) {
        do throws(Problem) {
            switch try doorkeeper.admit(head, at: Process.time / 1000) {
            case .granted(let grant): endpoint(self, exchange, head, body, grant)
            case .unknownKey(let problem):
                seek(exchange, copy head, body, to: endpoint, orElse: problem)
            }
        } catch {
            exchange.answer(error)
        }
    }

    /// Looks whether a key that is not known here has been made meanwhile, and tries once more.
    private func seek(
        _ exchange: Exchange, _ head: RequestHead, _ body: [UInt8], to endpoint: @escaping GrantedEndpoint,
        orElse problem: Problem
    ) {
        let isSought = core.gate.keys?.search(at: loop.now, holding: body.count) { [self] in
            loop.submit { [self] in
                do throws(Problem) {
                    switch try doorkeeper.admit(head, at: Process.time / 1000) {
                    case .granted(let grant): endpoint(self, exchange, head, body, grant)
                    case .unknownKey(let problem): refuse(exchange, head, problem)
                    }
                } catch {
                    exchange.answer(error)
                }
            }
        }
        if isSought != true { refuse(exchange, head, problem) }
    }

    /// Refuses a token of an unknown key. As long as keys are missing that are to be fetched, it may well be good: then
    /// nobody is sent away for ever.
    private func refuse(_ exchange: Exchange, _ head: borrowing RequestHead, _ problem: Problem) {
        guard core.gate.keys?.isIncomplete == true else { return exchange.answer(problem) }
        turnAway(exchange, head, with: .keysUnavailable)
    }
}
