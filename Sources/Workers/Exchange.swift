// Owns the bond between a request and its answer. Must never answer twice, nor another request on the same connection.

import Admission
package import Answers
package import HTTPMessage
package import Network
package import Proxies

/// What it takes to answer one request: as little of it as the answer needs, so that the memory of the request itself is
/// free for the next one.
package struct Exchange: @unchecked Sendable {
    // SAFETY: used on its worker's thread only; a task or the log may carry it along, and bring it back by the loop's
    // mailbox.
    /// Whose request it is. To be asked on that worker's thread.
    package let worker: Worker
    package let carrier: Carrier
    private let requestNumber: UInt32
    /// How the answer is framed, as the request has it.
    private let requestContext: ResponseContext
    /// What lets a page of another origin read the answer.
    private let browserFields: [(FieldName, String)]
    /// What a program adds to a stream, or to what it gets in place of that. They were found to be good.
    private var programFields = HTTPFields()
    /// Whether the client asked over TLS, as far as it is known: a proxy may have said so.
    package var isSecure: Bool
    /// The path at which a stream is asked for, if anybody wants to know of those that are refused.
    private var refusablePath: String?

    init(worker: Worker, carrier: Carrier, _ head: borrowing RequestHead) {
        self.worker = worker
        self.carrier = carrier
        requestNumber = carrier.requestNumber
        requestContext = ResponseContext(head)
        browserFields = worker.core.browserRules.answerFields(for: head)
        isSecure = carrier.isSecure
    }

    /// The same with fields that every answer has, which are known to be good.
    package func adding(_ fields: HTTPFields) -> Exchange {
        var exchange = self
        exchange.programFields = fields
        return exchange
    }

    /// Whose request it is: the one place that knows, whatever proxies are between. Nil once it is answered or the client
    /// is gone.
    package var client: ClientAddress? { isCurrent ? worker.connections.client(of: carrier) : nil }

    /// The same, for a stream: if it is refused, those are told who want to know.
    package func forStream(_ head: borrowing RequestHead) -> Exchange {
        guard !worker.core.hooks.refused.isEmpty else { return self }
        var exchange = self
        exchange.refusablePath = head.path
        return exchange
    }

    /// Tells those who want to know that a stream is refused.
    func tellRefusal(_ problem: Problem) {
        guard let refusablePath, isCurrent else { return }
        let refusal = StreamRefusal(
            kind: problem.kind, status: problem.status.code, detail: problem.detail,
            address: client?.description ?? "", path: refusablePath)
        for hook in worker.core.hooks.refused { hook(refusal) }
    }

    /// Whether the client still waits for this answer.
    package var isCurrent: Bool { carrier.awaitsAnswer && carrier.requestNumber == requestNumber }

    /// Answers in full.
    package func answer(_ answer: Answer) {
        guard isCurrent else { return }
        var answer = answer
        answer.add(browserFields(beside: answer.head))
        if !programFields.isEmpty {
            // An answer's own fields, a problem's type say, stay what they are.
            let own = answer.head.fields
            for (name, value) in programFields where own[name] == nil { try? answer.add(name, value) }
        }
        worker.send(answer, on: carrier, answering: context)
    }

    /// The browser's fields. If the program says itself which origins may read the answer, it has said all of it: a part of
    /// either beside a part of the other would be what neither wants.
    private func browserFields(beside head: ResponseHead) -> [(FieldName, String)] {
        let name = FieldName.accessControlAllowOrigin
        let isSaid = head[name] != nil || programFields[name.spelling] != nil
        return isSaid ? browserFields.filter { $0.0 == .vary } : browserFields
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
    package func answer(_ problem: Problem) {
        tellRefusal(problem)
        answer(problem.answer)
    }

    /// How the answer is framed. While the hub drains no connection is kept, nor is one of too many, nor one on which much of
    /// the request is still to come.
    var context: ResponseContext {
        var context = requestContext
        if worker.core.isDraining || carrier.isSurplus || carrier.mustEnd { context.keepAlive = false }
        return context
    }

    /// The names of the fields of every stream.
    package static let streamFields: [FieldName] = [
        .contentType, .cacheControl, .xAccelBuffering, .xContentTypeOptions,
    ]

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
    func beginStream(_ head: ResponseHead = Self.streamHead) -> BodyStart? { beginBody(head, content: .stream) }

    /// Begins an answer whose body comes by and by. To be followed by the carrier's `becomeStream`.
    ///
    /// - Parameters:
    ///   - head: the status and the fields.
    ///   - content: what is known of the body.
    /// - Returns: how it begins; `nil` if the client is gone.
    func beginBody(_ head: ResponseHead, content: ResponseContent) -> BodyStart? {
        guard isCurrent else { return nil }
        var response = head
        // An origin that is allowed is one of the configuration, in some case.
        for (name, value) in browserFields(beside: response) { try? response.append(name, value) }
        for (name, value) in programFields { try? response.append(name, value) }
        var context = context
        context.isHead = false
        switch carrier {
        case .http2(let stream):
            var length: Int?
            if case .length(let count) = content { length = count }
            stream.beginStream(response, date: worker.date, length: length)
            return BodyStart(bytes: [], isChunked: false, keepsConnection: true)
        case .http1(let connection):
            var bytes = connection.takeUnsent()
            let framing = response.write(to: &bytes, answering: context, content: content, date: worker.date)
            return BodyStart(
                bytes: bytes, isChunked: framing.body == .chunked, keepsConnection: framing.keepAlive)
        }
    }
}

/// How a body begins that comes by and by, and how it stands on its connection.
struct BodyStart {
    /// What goes out before it: its head.
    let bytes: [UInt8]
    /// Whether it goes in chunks; else as it is.
    let isChunked: Bool
    /// Whether another request may follow on its connection.
    let keepsConnection: Bool
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
                answer.head, date: date, length: answer.length, body: isBare ? [] : answer.body)
        }
    }
}
