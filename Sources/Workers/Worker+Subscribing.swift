// Owns the endpoint of streams. Must never refuse a browser by a status for the hub's own reasons: it would not come
// back.

import Admission
import Answers
import EventStream
package import HTTPMessage
import Hub
import Network
import Proxies
package import Wishes

extension Worker {
    /// Takes a request for a stream.
    func subscribe(_ exchange: Exchange, _ head: borrowing RequestHead, _ grant: Grant) {
        do throws(Problem) {
            let wish = try SubscribeQuery(head, of: grant, limits: core.limits)
            if let user = wish.inbox {
                openInbox(of: user, wish, on: exchange, head)
            } else {
                open(wish, on: exchange, head)
            }
        } catch {
            exchange.answer(error)
        }
    }

    /// Opens the stream that was asked for, or says why not, in a way that a browser does not give up on.
    package func open(_ wish: SubscribeQuery, on exchange: Exchange, _ head: borrowing RequestHead) {
        if isAnswered(wish, on: exchange, head) { return }
        // Whether a topic has ended is not told to those who may not read it. What is wrong with the wish is told when the
        // stream begins.
        guard core.log.hasEnds, wish.inbox == nil, let topics = (try? wish.subscription())?.endTopics else {
            begin(wish, on: exchange, head)
            return
        }
        let head = copy head
        judge(topics, from: wish.start) { [self] isOver in
            if isOver {
                exchange.answer(Answer(.noContent))
                wish.notice?.tell(.ended)
            } else if !isAnswered(wish, on: exchange, head) {
                begin(wish, on: exchange, head)
            }
        }
    }

    private func begin(_ wish: SubscribeQuery, on exchange: Exchange, _ head: borrowing RequestHead) {
        guard exchange.isCurrent else {
            wish.notice?.tell(.gone)
            return
        }
        ingest()
        var wish = wish
        // From here on the board itself hears of changes.
        if let topics = wish.inboxTopics { wish.inboxTopics = inboxDoors.latest(topics) }
        let subscription: Subscription
        do throws(Problem) {
            // The log may have taken its time.
            try doorkeeper.confirm(wish.grant, at: .present(loop))
            subscription = try wish.subscription()
        } catch {
            exchange.answer(error)
            return
        }
        let lease: StreamLease?
        do throws(StreamQuota.Excess) {
            lease = try core.streamQuota?.lease(for: exchange.client, user: wish.user)
        } catch {
            turnAway(exchange, head, with: Problem(error))
            return
        }
        let isWatched = core.hooks.areWatching || wish.notice != nil
        let tenancy = isWatched || wish.grant.hasToken ? StreamTenancy(wish.grant, lease) : nil
        let client = isWatched ? exchange.client : nil
        guard let start = exchange.beginStream() else { return }
        let clock = Clock.present(loop)
        let handle = board.open(
            subscription.framed(start.isChunked ? .chunked : .plain), from: wish.start, user: wish.user,
            sink: exchange.carrier.sink, head: start.bytes, hasEnds: core.log.hasEnds,
            expiry: wish.grant.end.map { core.gate.expiry($0, now: loop.now, time: clock.time) },
            timeout: wish.timeout.map { loop.now + $0 }, lease: tenancy ?? lease, isWatched: isWatched, at: clock)
        exchange.carrier.becomeStream(handle.bits)
        guard isWatched, let tenancy, let serial = board.serial(of: handle) else { return }
        let info = StreamInfo(
            id: streamID(serial), user: wish.user, address: client?.description ?? "",
            patterns: subscription.patterns.map(\.text), path: head.path, opened: clock.time)
        tenancy.watch = StreamWatch(opening: info, hooks: core.hooks, notice: wish.notice)
    }

    /// Tells of the streams that are over, if anybody wants to know.
    func tellClosedStreams() {
        for (lease, reason) in board.takeClosed() {
            (lease as? StreamTenancy)?.watch?.close(StreamCloseReason(reason))
        }
    }

    /// Answers a request for a stream that needs none, or gets none now. Tells whether it did.
    func isAnswered(_ wish: SubscribeQuery, on exchange: Exchange, _ head: borrowing RequestHead) -> Bool {
        if wish.isStopped {
            exchange.answer(Answer(.noContent))
            wish.notice?.tell(.ended)
            return true
        }
        // The head of a stream, without the stream.
        if exchange.context.isHead {
            var answer = Answer(Exchange.streamHead, body: [])
            answer.content = .stream
            exchange.answer(answer)
            wish.notice?.tell(.ended)
            return true
        }
        if core.isDraining {
            turnAway(exchange, head, with: .draining)
            return true
        }
        return false
    }

    /// Refuses a request because of the hub's state, not of what it asks for. A browser's EventSource gives up for good on
    /// any status but 200, so it gets a stream that says when to come back, and ends. Whoever publishes would take that
    /// for done.
    func turnAway(_ exchange: Exchange, _ head: borrowing RequestHead, with problem: Problem) {
        let delay = Int.random(in: 5000...30_000)
        if head.method == .get, head.accept.names("text/event-stream") {
            exchange.tellRefusal(problem)
            var body: [UInt8] = []
            EventEncoder.appendComment(problem.detail, to: &body)
            EventEncoder.appendBlock(id: nil, type: nil, data: nil, retryMilliseconds: delay, to: &body)
            var answer = Answer(.ok, type: "text/event-stream", body: body)
            answer.add([(.cacheControl, "no-store")])
            answer.refusal = problem.kind
            exchange.answer(answer)
        } else {
            var problem = problem
            problem.retryAfter = delay / 1000
            exchange.answer(problem)
        }
    }
}
