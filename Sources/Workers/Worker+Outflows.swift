// Owns the beginning of what programs write while it is sent. Must never begin a response of which nobody hears when it is
// over.

import Admission
package import Answers
package import HTTPMessage
import Hub
import Network
import Proxies
import Settings
package import TimerWheel
import Wishes

extension Worker {
    /// Begins a body that a program writes.
    package func openBody(
        _ response: OutflowResponse, _ head: ResponseHead, length: Int?, at path: String, on exchange: Exchange,
        _ notice: CloseNotice?
    ) {
        let content = length.map(ResponseContent.length) ?? .stream
        if isAnsweredBare(head, content, notice, on: exchange) { return }
        guard outflows.bytesBehind < Self.mostBytesBehind else { return exchange.answer(Problem.tooManyAnswers) }
        guard let start = exchange.beginBody(head, content: content) else {
            notice?.tell(.gone)
            return
        }
        let outflow = outflows.open(
            to: exchange.carrier.sink, framing: start, length: length, path: path, notice: notice,
            at: loop.now)
        begin(outflow, response, on: exchange)
    }

    /// What is held for clients that take nothing, all of a worker's bodies together.
    private static var mostBytesBehind: Int { 256 << 20 }

    /// Begins a stream of events that a program writes.
    package func openEvents(
        _ response: OutflowResponse, retry: Milliseconds?, user: String?, for head: RequestHead, on exchange: Exchange,
        _ notice: CloseNotice?
    ) {
        let lease: StreamLease?
        do throws(Problem) {
            try SubscribeQuery.checkAccept(head)
            if let id = try SubscribeQuery.lastID(head), EventID(id) == .stop {
                exchange.answer(Answer(.noContent))
                notice?.tell(.ended)
                return
            }
        } catch {
            exchange.answer(error)
            return
        }
        if isAnsweredBare(Exchange.streamHead, .stream, notice, on: exchange) { return }
        if core.isDraining { return turnAway(exchange, head, with: .draining) }
        do throws(StreamQuota.Excess) {
            lease = try core.streamQuota?.lease(for: exchange.client, user: user)
        } catch {
            turnAway(exchange, head, with: Problem(error))
            return
        }
        let client = exchange.client?.description ?? ""
        guard let start = exchange.beginStream() else {
            notice?.tell(.gone)
            return
        }
        let part = Outflow.EventStreamPart(
            serial: board.takeSerial(), user: user, opened: Process.time,
            retry: retry ?? core.rules.retry, lease: lease)
        let outflow = outflows.open(
            to: exchange.carrier.sink, framing: start, events: part, path: head.path, notice: notice, at: loop.now)
        begin(outflow, response, on: exchange)
        if core.hooks.areWatching {
            let info = StreamInfo(
                id: streamID(part.serial), user: user, address: client, patterns: [], path: head.path,
                opened: part.opened)
            outflow.watch = StreamWatch(opening: info, hooks: core.hooks, notice: notice)
        }
    }

    private func begin(_ outflow: Outflow, _ response: OutflowResponse, on exchange: Exchange) {
        exchange.carrier.becomeStream(outflow.handle.bits, keepingRequests: outflow.framing.keepsConnection)
        let pipe = outflow.pipe
        let write = response.write
        outflow.task = beginTask {
            do {
                try await write(pipe)
                pipe.finish()
            } catch {
                pipe.fail(error)
            }
        }
    }

    /// Answers with the head alone where there is to be nothing else. Tells whether it did, or whether nobody is there.
    private func isAnsweredBare(
        _ head: ResponseHead, _ content: ResponseContent, _ notice: CloseNotice?, on exchange: Exchange
    ) -> Bool {
        guard exchange.isCurrent else {
            notice?.tell(.gone)
            return true
        }
        guard exchange.context.isHead || head.status.forbidsContent else { return false }
        var answer = Answer(head, body: [])
        answer.content = content
        exchange.answer(answer)
        notice?.tell(.ended)
        return true
    }
}

extension BoardOutput: OutflowOutput {
    func finish(_ sink: Sink, keepsConnection: Bool) {
        if keepsConnection { sockets.finishBody(sink) } else { sockets.finish(sink) }
    }

    func failed(_ sink: Sink, path: String, because error: any Error) {
        logger.write(
            .error, "a response broke off",
            ["path": path, "error": "\(error)", "address": connections.client(of: sink)?.description ?? ""])
    }
}
