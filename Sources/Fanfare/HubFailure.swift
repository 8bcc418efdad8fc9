// Owns the reasons for which the hub refuses what a program asks of it. Each stands for just one of the core's, so that
// none is told in two ways.

import Answers
import Hub

extension Hub {
    /// Why the hub did not do what it was asked for.
    ///
    /// A route's handler may let it through: then its client gets the answer that the hub's own endpoint would give.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// What kind of failure it is.
        public let code: Code
        /// What was wrong, and what to change.
        public let description: String
        /// The event that it is about, after which a reader can go on; `nil` unless the code is ``Code/undecodable`` or
        /// ``Code/gap``.
        public let eventID: String?
        /// What the core said, if it was the core that refused.
        let cause: HubError?

        /// Kinds of failures.
        public enum Code: Sendable, Hashable {
            /// A topic or pattern is malformed, or a typed topic lacks a value.
            case badTopic
            /// There are more topics than `Configuration.maxTopics`, or none.
            case tooManyTopics
            /// An event has a part that it must not have, or lacks one, or its value cannot be encoded.
            case badEvent
            /// An event is larger than `Configuration.maxEventSize`.
            case tooLarge
            /// The topic is one of the hub's own, and nobody may publish there.
            case reservedTopic
            /// The id was used before, for another event.
            case conflict
            /// The topic has ended.
            case ended
            /// The key was used before, for another event.
            case keyReused
            /// A stream cannot start there.
            case badStart
            /// A user's name cannot be one.
            case badUser
            /// The topic is not in the inbox.
            case foreignTopic
            /// An id is not that of an event that is kept.
            case badID
            /// An id is of a log that the hub does not have.
            case unknownEpoch
            /// The log takes no events at present, or cannot be read. It may be worth trying again; an event may be in the
            /// log all the same, so it is to be sent again with the same id or key.
            case unavailable
            /// An event's data is not the JSON of the value that the topic has.
            case undecodable
            /// Events of a typed topic are gone that were to be read.
            case gap
            /// The server has ended.
            case stopped
            /// The task was cancelled while it waited for the server to be ready.
            case cancelled
        }

        init(_ code: Code, _ description: String, event: String? = nil) {
            self.code = code
            self.description = description
            eventID = event
            cause = nil
        }

        init(_ error: HubError) {
            code = Code(error.code)
            description = error.description
            eventID = nil
            cause = error
        }

        static let stopped = Failure(.stopped, "the server has ended, or did not start: what run() throws says why")
        static let cancelled = Failure(.cancelled, "the task was cancelled before the server was ready")
    }
}

extension Hub.Failure.Code {
    fileprivate init(_ code: HubError.Code) {
        self =
            switch code {
            case .badTopic: .badTopic
            case .tooManyTopics: .tooManyTopics
            case .badEvent: .badEvent
            case .tooLarge: .tooLarge
            case .reservedTopic: .reservedTopic
            case .conflict: .conflict
            case .ended: .ended
            case .keyReused: .keyReused
            case .badStart: .badStart
            case .badUser: .badUser
            case .foreignTopic: .foreignTopic
            case .badID: .badID
            case .unknownEpoch: .unknownEpoch
            case .unavailable: .unavailable
            }
    }
}

extension Problem {
    /// What a client is told of a failure that a handler let through; `nil` if it is none of its business.
    init?(_ failure: Hub.Failure) {
        if let cause = failure.cause {
            self.init(cause)
        } else if failure.code == .stopped || failure.code == .cancelled {
            self = .draining
        } else {
            return nil
        }
    }
}
