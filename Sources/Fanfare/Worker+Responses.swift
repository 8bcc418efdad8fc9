// Owns the way of a route's answer to its connection. What a program got wrong must never break a head, nor reach the
// client in words: the log is told.

import Answers
import HTTPMessage
import Hub
import Network
import Proxies
import Wishes
import Workers

extension Worker {
    /// Sends what a route answered, which is not that it declines.
    func send(_ response: Response, to request: Request, on exchange: Exchange) {
        let notice = CloseNotice(response.closeHandlers)
        do throws(MessageError) {
            switch response.content {
            case .bytes(let body):
                var answer = Answer(try response.head(), body: body)
                answer.refusal = response.refusal
                exchange.answer(answer)
                notice?.tell(.ended)
            case .stream(let stream):
                open(stream, for: request, on: try exchange.adding(response.streamFields()), notice)
            case .outflow(let outflow):
                switch outflow.kind {
                case .events(let retry, let user):
                    openEvents(
                        outflow, retry: retry, user: user, for: request.head,
                        on: try exchange.adding(response.streamFields()).forStream(request.head), notice)
                case .body(let length):
                    openBody(outflow, try response.head(), length: length, at: request.path, on: exchange, notice)
                }
            case .failed(let reason):
                fail(request, because: reason, on: exchange, with: response.fields)
                notice?.tell(.failed)
            case .declined:
                break
            }
        } catch {
            fail(request, because: "a field of its answer cannot be sent: \(error.detail)", on: exchange)
            notice?.tell(.failed)
        }
    }

    /// Answers that the server failed, and tells the log why.
    ///
    /// - Parameter fields: what middleware added.
    func fail(_ request: Request, because reason: String, on exchange: Exchange, with fields: HTTPFields = HTTPFields())
    {
        core.logger.write(
            .error, "a route failed",
            ["path": request.path, "error": reason, "address": exchange.client?.description ?? ""])
        var problem = Problem.failed
        problem.fields = fields
        // It is a problem now, whatever it was to be.
        for name in ["Content-Type", "X-Content-Type-Options"] { problem.fields.remove(name) }
        exchange.answer(problem)
    }

    private func open(
        _ stream: StreamResponse, for request: Request, on exchange: Exchange, _ notice: CloseNotice?
    ) {
        let exchange = exchange.forStream(request.head)
        do throws(Problem) {
            let wish = try SubscribeQuery(request.head, stream, notice, limits: core.limits)
            open(wish, on: exchange, request.head)
        } catch {
            exchange.answer(error)
        }
    }
}

extension Response {
    /// The head of an answer that is no event stream.
    ///
    /// - Throws: status 500 if a field could break it, or is the server's to write.
    func head() throws(MessageError) -> ResponseHead {
        var head = ResponseHead(status)
        try head.append(fields)
        if !head.fields.contains(.xContentTypeOptions) { head.append(.xContentTypeOptions, literal: "nosniff") }
        return head
    }

    /// The fields that an event stream has beside its own.
    ///
    /// - Throws: status 500 if one could break its head, or is the server's to write.
    func streamFields() throws(MessageError) -> HTTPFields {
        var fields = fields
        for name in Exchange.streamFields { fields.remove(name.spelling) }
        var head = ResponseHead(.ok)
        try head.append(fields)
        return fields
    }

    /// What becomes of an error that a handler throws: what clients may know is a problem.
    static func answer(to error: any Error) -> Response { problem(thrown: error) ?? failed("\(error)") }

    /// The answer that an error is, if it is one.
    static func problem(thrown error: any Error) -> Response? {
        if let problem = error as? Problem { return .problem(problem) }
        if let error = error as? MessageError { return .problem(Problem(error)) }
        if let failure = error as? Hub.Failure, let problem = Problem(failure) { return .problem(problem) }
        return nil
    }
}
