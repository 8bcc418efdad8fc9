// Owns the bond between a request and its answer. Must never answer twice, nor another request on the same connection.

import HTTPMessage
import Network
import Proxies

/// What it takes to answer one request: as little of it as the answer needs, so that the memory of the request itself is
/// free for the next one.
struct Exchange: @unchecked Sendable {
    // SAFETY: used on its worker's thread only; a task or the log may carry it along, and bring it back by the loop's
    // mailbox.
    /// Whose request it is. To be asked on that worker's thread.
    let worker: Worker
    let carrier: Carrier
    private let requestNumber: UInt32
    /// How the answer is framed, as the request has it.
    private let requestContext: ResponseContext
    /// What lets a page of another origin read the answer.
    private let browserFields: [(FieldName, String)]
    /// What a program adds to a stream, or to what it gets in place of that. They were found to be good.
    private var programFields = HTTPFields()
    /// Whether the client asked over TLS, as far as it is known: a proxy may have said so.
    var isSecure: Bool

    init(worker: Worker, carrier: Carrier, _ head: borrowing RequestHead) {
        self.worker = worker
        self.carrier = carrier
        requestNumber = carrier.requestNumber
        requestContext = ResponseContext(head)
        browserFields = worker.core.browserRules.answerFields(for: head)
        isSecure = carrier.isSecure
    }

    /// The same with fields that every answer has, which are known to be good.
    func adding(_ fields: HTTPFields) -> Exchange {
        var exchange = self
        exchange.programFields = fields
        return exchange
    }

    /// Whose request it is: the one place that knows, whatever proxies are between. Nil once it is answered or the client
    /// is gone.
    var client: ClientAddress? { isCurrent ? worker.connections.client(of: carrier) : nil }

    /// Whether the client still waits for this answer.
    var isCurrent: Bool { carrier.awaitsAnswer && carrier.requestNumber == requestNumber }

    /// Answers in full.
    func answer(_ answer: Answer) {
        guard isCurrent else { return }
        var answer = answer
        answer.add(browserFields)
        // An answer's own fields, a problem's type say, stay what they are.
        let own = answer.head.fields
        for (name, value) in programFields where own[name] == nil { try? answer.add(name, value) }
        worker.send(answer, on: carrier, answering: context)
    }

    /// Sends an answer that was written in advance, in place of `answer`; not while requests are being read.
    ///
    /// - Returns: whether it was sent; not if the request is unusual, so that another answer is due.
    func answerNow(_ head: PreparedHead, _ body: (inout [UInt8]) -> Void, length: Int) -> Bool {
        let context = context
        guard case .http1(let connection) = carrier, isCurrent, context.isUsual, browserFields.isEmpty else {
            return false
        }
        worker.withScratch { bytes in
            head.append(to: &bytes, length: length)
            body(&bytes)
            connection.answerNow(bytes)
        }
        return true
    }

    /// Answers with a problem.
    func answer(_ problem: Problem) { answer(problem.answer) }

    /// How the answer is framed. While the hub drains no connection is kept, nor is one of too many.
    var context: ResponseContext {
        var context = requestContext
        if worker.core.isDraining || carrier.isSurplus { context.keepAlive = false }
        return context
    }

    /// The names of the fields of every stream.
    static let streamFields: [FieldName] = [.contentType, .cacheControl, .xAccelBuffering, .xContentTypeOptions]

    /// The fields of every stream.
    static let streamHead: ResponseHead = {
        var head = ResponseHead(.ok)
        head.append(.contentType, literal: "text/event-stream")
        head.append(.cacheControl, literal: "no-cache, no-transform")
        head.append(.xAccelBuffering, literal: "no")
        head.append(.xContentTypeOptions, literal: "nosniff")
        return head
    }()

    /// Begins a stream, with a head whose body nobody knows the end of.
    ///
    /// - Returns: the bytes of the head, to go out before the stream's first; `nil` if the client is gone.
    func streamHead() -> (bytes: [UInt8], isChunked: Bool)? {
        guard isCurrent else { return nil }
        var response = Self.streamHead
        for (name, value) in browserFields {
            // An origin that is allowed is one of the configuration, in some case.
            try? response.append(name, value)
        }
        for (name, value) in programFields { try? response.append(name, value) }
        var context = context
        context.isHead = false
        if case .http2(let stream) = carrier {
            stream.beginStream(response, date: worker.date)
            return ([], false)
        }
        var bytes: [UInt8] = []
        let framing = response.write(to: &bytes, answering: context, content: .stream, date: worker.date)
        return (bytes, framing.body == .chunked)
    }
}

extension Worker {
    /// Sends an answer in full. All of them come by here, so refusals are counted here.
    func send(_ answer: Answer, on carrier: Carrier, answering context: ResponseContext) {
        let isBare = context.isHead || answer.head.status.forbidsContent
        guard isBare || carrier.canHold(answer.body.count) else {
            send(Problem.tooManyAnswers.answer, on: carrier, answering: context)
            return
        }
        if let kind = answer.refusal { core.refusals.add(kind) }
        switch carrier {
        case .http1(let connection):
            let (bytes, keepAlive) = answer.bytes(answering: context, date: date)
            connection.answer(bytes, closing: !keepAlive)
        case .http2(let stream):
            stream.answer(
                answer.head, date: date, length: answer.isEndless ? nil : answer.body.count,
                body: isBare ? [] : answer.body)
        }
    }
}
