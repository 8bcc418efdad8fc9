// Owns how a route's handler learns who asks. Must never let a token count that the hub's own endpoints would refuse.

import Admission
public import Answers
import Authorization
import HTTPMessage
import Hub
import Keys
import Network
import Synchronization
import Workers

extension Request {
    /// The token that the request carries: in the field `Authorization` as `Bearer`, else as `token=` in the query, else in the
    /// cookie `fanfare_token`. The first of these that is there decides.
    ///
    /// - Throws: a ``Problem``, 401, if there are two in one place.
    public func token() throws(Problem) -> String? { try CarriedToken.read(head)?.text }

    /// Who asks, by a token of the server's own keys: those of `Configuration.keyFile` and `jwks`, and with the hub's endpoints
    /// that which the first start makes. Tokens that were verified before cost little.
    ///
    /// - Returns: `nil` if the request carries no token, and with `Configuration.open`, which asks nobody for one.
    /// - Throws: a ``Problem``: 401 if the token is not good, 503 if it cannot be verified now.
    public func identity() async throws(Problem) -> Identity? {
        let answer = await withCheckedContinuation { continuation in
            let question = IdentityQuestion(continuation)
            let applicant = Applicant(
                head: head, bytes: head.byteCount, connection: asker.connection, isThere: { true }
            ) { verdict in
                switch verdict {
                case .granted(let grant): question.answer(.success(grant))
                case .refused(let problem), .unjudged(let problem): question.answer(.failure(problem))
                }
            }
            asker.worker.loop.submit { [asker] in asker.worker.judge(applicant) }
        }
        return try answer.get().meaning.map(Identity.init)
    }

    /// Who asks, by a token of a program's own key.
    ///
    /// - Returns: `nil` if the request carries no token.
    /// - Throws: a ``Problem``, 401, if the token is not good.
    public func identity(by key: TokenKey) throws(Problem) -> Identity? {
        guard let token = try token() else { return nil }
        return try key.verify(token)
    }
}

/// Somebody who waits to hear who asks. If nobody tells, the server has ended.
private final class IdentityQuestion: Sendable {
    private let waiting: Mutex<CheckedContinuation<Result<Grant, Problem>, Never>?>

    init(_ waiting: CheckedContinuation<Result<Grant, Problem>, Never>) { self.waiting = Mutex(waiting) }

    deinit { answer(.failure(.draining)) }

    func answer(_ answer: Result<Grant, Problem>) {
        let waiting = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(returning: answer)
    }
}
