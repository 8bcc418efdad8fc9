// Owns the bond between a request and its answer. Must never answer twice, nor another request on the same connection.

import HTTPMessage
import Network

/// A request that is being worked on, and the way to answer it.
final class Exchange: @unchecked Sendable {
    // SAFETY: used on its worker's thread only; a task may carry it along, and brings it back by the loop's mailbox.
    // SAFETY: whoever asks for the worker is on its thread while `Worker.run` runs, hence inside a call on the worker: the
    // loop calls everything else from there, and what comes to the mailbox of a loop that has ended is not done. A task
    // that needs the worker takes a reference of its own before it starts.
    private unowned(unsafe) let owner: Worker
    let connection: Connection
    let head: RequestHead
    let body: [UInt8]
    private let number: UInt32

    init(worker: Worker, connection: Connection, head: RequestHead, body: [UInt8]) {
        unsafe owner = worker
        self.connection = connection
        self.head = head
        self.body = body
        number = connection.requestNumber
    }

    /// Whose request it is. To be asked on that worker's thread.
    var worker: Worker { unsafe owner }

    /// Whether the client still waits for this answer.
    private var isCurrent: Bool { connection.requestNumber == number && connection.awaitsAnswer }

    /// Answers in full.
    func answer(_ answer: Answer) {
        guard isCurrent else { return }
        var answer = answer
        answer.add(worker.core.browserRules.answerFields(for: head))
        let (bytes, keepAlive) = answer.bytes(answering: context, date: worker.date)
        connection.answer(bytes, closing: !keepAlive)
    }

    /// Answers with a problem.
    func answer(_ problem: Problem) { answer(problem.answer) }

    /// How the answer is framed. While the hub drains no connection is kept, nor is one of too many.
    var context: ResponseContext {
        var context = ResponseContext(head)
        if worker.core.isDraining || connection.isSurplus { context.keepAlive = false }
        return context
    }

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
        for (name, value) in worker.core.browserRules.answerFields(for: head) {
            // An origin that is allowed is one of the configuration, in some case.
            try? response.append(name, value)
        }
        var context = context
        context.isHead = false
        var bytes: [UInt8] = []
        let framing = response.write(to: &bytes, answering: context, content: .stream, date: worker.date)
        return (bytes, framing.body == .chunked)
    }
}
