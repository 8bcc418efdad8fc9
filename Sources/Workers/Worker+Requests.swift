// Owns the door for requests: who is served, and who is turned away. What is not HTTP must never get further.

import Admission
import Answers
package import HTTP2
package import HTTPMessage
import Hub
package import Network
import Proxies
import Settings

extension Worker: ConnectionService {
    package func received(_ head: borrowing RequestHead, body: [UInt8], on carrier: Carrier) {
        received(head, .whole(body), on: carrier)
    }

    package func streamedBodyLimit(of head: borrowing RequestHead) -> Int? { router.streamedBodyLimit(of: head) }

    package func received(
        _ head: borrowing RequestHead, incoming body: IncomingBody, upTo limit: Int, on carrier: Carrier
    ) {
        received(head, .incoming(ArrivingBody.Reading(body), upTo: limit), on: carrier)
    }

    private func received(_ head: borrowing RequestHead, _ body: ArrivingBody, on carrier: Carrier) {
        var exchange = Exchange(worker: self, carrier: carrier, head)
        let isSecure = core.trust.forwarders.map { hear($0, head, on: carrier) } ?? carrier.isSecure
        exchange.isSecure = isSecure
        if let problem = core.browserRules.refusal(of: head, isSecure: isSecure) {
            exchange.answer(problem)
        } else if let redirect = core.redirect, !carrier.isSecure, !isSecure, !router.isForHealth(head) {
            exchange.answer(redirect.answer(to: head))
        } else if carrier.isSurplus && !router.isForHealth(head) {
            turnAway(exchange, head, with: .tooManyConnections)
        } else {
            router.dispatch(exchange, head, body)
        }
    }

    /// Takes down what proxies say of a request, and tells whether its client asked over TLS.
    private func hear(_ proxies: TrustedProxies, _ head: borrowing RequestHead, on carrier: Carrier) -> Bool {
        let word = proxies.word(on: head) { connections.origin(of: carrier)?.ip }
        connections.note(word?.address, asClientOf: carrier)
        return word?.isSecure ?? carrier.isSecure
    }

    package func refused(_ refusal: Refusal, on carrier: Carrier) {
        var problem: Problem
        switch refusal {
        case .malformed(let error):
            problem = Problem(error)
        case .inClear:
            problem = Problem(
                .badRequest, "tls-expected", "this address speaks TLS, and the request came in clear: ask for https://")
        case .tooSlow(let inBody):
            problem = .tooSlow(inBody ? "body" : "head")
        case .busy:
            problem = Problem(.serviceUnavailable, "busy", "too many request bodies are being received: try again")
            problem.retryAfter = 5
        }
        send(problem.answer, on: carrier, answering: ResponseContext())
    }

    package func streamIsWritable(_ handle: UInt64) {
        if handle & OutflowHandle.mark != 0 {
            outflows.writable(OutflowHandle(bits: handle))
        } else {
            board.writable(StreamHandle(bits: handle))
        }
    }

    package func streamIsGone(_ handle: UInt64) {
        if handle & OutflowHandle.mark != 0 {
            outflows.isGone(OutflowHandle(bits: handle))
        } else {
            board.close(StreamHandle(bits: handle))
            if board.hasClosed { tellClosedStreams() }
        }
    }

    package func streamGoesOn(_ handle: UInt64) -> Bool {
        // A stream of the hub's has no end that a client could wait for without a word.
        handle & OutflowHandle.mark != 0
            && outflows.goesOn(
                OutflowHandle(bits: handle), for: connections.limits.halfClosed, at: loop.now)
    }

    package func handshakeFailed(on connection: Connection, because reason: String) {
        tellFailure(
            "a TLS session did not come about", on: connection, because: reason,
            count: connections.failedHandshakes, pace: &handshakePace)
    }

    package func announcementFailed(on connection: Connection, because reason: String) {
        tellFailure(
            "a connection did not begin as the PROXY protocol has it", on: connection, because: reason,
            count: connections.failedAnnouncements, pace: &announcementPace)
    }

    /// Anyone can make these, as many as they like: a line a second at most, and for those who look for it.
    private func tellFailure(
        _ what: String, on connection: Connection, because reason: String, count: Int, pace: inout LinePace
    ) {
        guard core.logger.level <= .debug, pace.isDue(at: loop.now) else { return }
        core.logger.write(
            .debug, what,
            [
                "reason": reason, "address": connections.origin(of: connection)?.description ?? "",
                "failures": String(count),
            ])
    }

    package func sessionFailed(on connection: Connection, because error: HTTP2Error) {
        // What somebody merely gets wrong is for those who look for it; what could harm others is for everybody.
        let level: Logger.Level = error.isAbuse ? .warning : .debug
        guard level >= core.logger.level, error.isAbuse ? abusePace.isDue(at: loop.now) : breachPace.isDue(at: loop.now)
        else { return }
        core.logger.write(
            level, "a connection of HTTP/2 was ended",
            [
                "reason": error.description, "code": error.code.name,
                "address": connections.origin(of: connection)?.description ?? "",
                "ended": String(connections.failedSessions),
            ])
    }

    package func acceptingPaused(because reason: NetworkError) {
        guard acceptingPace.isDue(at: loop.now) else { return }
        core.logger.write(
            .error, "no more connections can be taken in; those that are open are served on",
            ["reason": reason.description])
    }
}
