// Owns the endpoint of streams. Must never refuse a browser by a status for the hub's own reasons: it would not come
// back.

import HTTPMessage
import Hub
import Network

extension Worker {
    /// Takes a request for a stream.
    func subscribe(_ exchange: Exchange, _ head: borrowing RequestHead) {
        do throws(Problem) {
            let wish = try SubscribeQuery(head, limits: core.configuration)
            open(wish, on: exchange, head)
        } catch {
            exchange.answer(error)
        }
    }

    /// Opens the stream that was asked for, or says why not, in a way that a browser does not give up on.
    func open(_ wish: SubscribeQuery, on exchange: Exchange, _ head: borrowing RequestHead) {
        if wish.isStopped {
            exchange.answer(Answer(.noContent))
        } else if core.log.hasEnds, let topics = wish.patterns.topics {
            let head = copy head
            judge(topics, from: wish.start) { [self] isOver in
                if isOver { exchange.answer(Answer(.noContent)) } else { begin(wish, on: exchange, head) }
            }
        } else {
            begin(wish, on: exchange, head)
        }
    }

    private func begin(_ wish: SubscribeQuery, on exchange: Exchange, _ head: borrowing RequestHead) {
        // The head of a stream, without the stream.
        if exchange.context.isHead {
            var answer = Answer(Exchange.streamHead, body: [])
            answer.isEndless = true
            exchange.answer(answer)
            return
        }
        if core.isDraining {
            turnAway(exchange, head, because: "the hub is about to stop")
            return
        }
        guard let (bytes, isChunked) = exchange.streamHead() else { return }
        ingest()
        let subscription = Subscription(
            patterns: wish.patterns, presentation: wish.presentation, framing: isChunked ? .chunked : .plain)
        let handle = board.open(
            subscription, from: wish.start, user: wish.user, sink: exchange.connection.sink, head: bytes,
            hasEnds: core.log.hasEnds, at: .present(loop))
        exchange.connection.becomeStream(handle.bits)
    }

    /// Refuses a stream because of the hub's state, not of the request. A browser's EventSource gives up for good on
    /// any status but 200, so it gets a stream that says when to come back, and ends.
    func turnAway(_ exchange: Exchange, _ head: borrowing RequestHead, because reason: String) {
        let delay = Int.random(in: 5000...30_000)
        if head.accept.names("text/event-stream") {
            var answer = Answer(.ok, type: "text/event-stream", body: Array(": \(reason)\nretry: \(delay)\n\n".utf8))
            answer.add([(.cacheControl, "no-store")])
            exchange.answer(answer)
        } else {
            var problem = Problem(.serviceUnavailable, "unavailable", "\(reason): try again later")
            problem.retryAfter = delay / 1000
            exchange.answer(problem)
        }
    }
}
