// Owns what becomes of a body that cannot be read: what its reader is thrown, and what is answered.

import Answers
import HTTPMessage
import Network
import Workers

extension RequestBody {
    /// What a reader is thrown.
    static func error(for failure: IncomingBody.Failure) -> any Error {
        switch failure {
        case .malformed(let error): Problem(error)
        case .tooLarge(let limit): Problem.bodyTooLarge(limit)
        case .tooSlow: Problem.tooSlow("body")
        case .gone, .cancelled: CancellationError()
        case .readTwice: BodyMisuse(description: "two tasks read a body at a time")
        }
    }

    /// Has something done if the body fails by the client's doing.
    func onFailure(_ action: @escaping @Sendable () -> Void) {
        if case .incoming(let reading, _) = content { reading.body.onFailure(action) }
    }

    /// The cause of what a handler threw: its task was cancelled if the body failed.
    func cause(of error: any Error) -> any Error {
        guard error is CancellationError, case .incoming(let reading, _) = content, let failure = reading.body.failure
        else { return error }
        // Of a client that is gone the log need not hear, and nobody gets the answer.
        return failure == .gone ? Problem.tooSlow("body") : Self.error(for: failure)
    }
}

/// A handler used a body as it may not.
struct BodyMisuse: Error, CustomStringConvertible {
    let description: String
}
