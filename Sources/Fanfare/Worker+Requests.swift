// Owns the door for requests: who is served, and who is turned away. What is not HTTP must never get further.

import HTTPMessage
import Hub
import Network

extension Worker: ConnectionService {
    func received(_ head: borrowing RequestHead, body: [UInt8], on carrier: Carrier) {
        let exchange = Exchange(worker: self, carrier: carrier, head)
        if let problem = core.browserRules.refusal(of: head) {
            exchange.answer(problem)
        } else if carrier.isSurplus && !head.hasPath("/healthz") && !head.hasPath("/readyz") {
            turnAway(exchange, head, because: "too many connections are open (--max-connections)")
        } else {
            router.dispatch(exchange, head, body)
        }
    }

    func refused(_ refusal: Refusal, on carrier: Carrier) {
        var problem: Problem
        switch refusal {
        case .malformed(let error):
            problem = Problem(error)
        case .tooSlow(let inBody):
            problem = Problem(
                .requestTimeout, "too-slow",
                "the \(inBody ? "body" : "head") of the request did not come in time: send it again, faster")
        case .busy:
            problem = Problem(.serviceUnavailable, "busy", "too many request bodies are being received: try again")
            problem.retryAfter = 5
        }
        carrier.send(problem.answer, answering: ResponseContext(), date: date)
    }

    func streamIsWritable(_ handle: UInt64) { board.writable(StreamHandle(bits: handle)) }

    func streamIsGone(_ handle: UInt64) { board.close(StreamHandle(bits: handle)) }

    func acceptingPaused(because reason: NetworkError) {
        // A flood of connections must not become a flood of lines.
        if loop.now < nextPauseLine { return }
        nextPauseLine = loop.now + 60_000
        core.logger.write(
            .error, "no more connections can be taken in; those that are open are served on",
            ["reason": reason.description])
    }
}
