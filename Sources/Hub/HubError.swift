// Owns why the hub refuses something, in words for whoever asked. Problems of HTTP and errors of programs are made of its codes:
// none may change its meaning.

/// Why the hub refused something. The message is for the person who asked: it says what to change.
package struct HubError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal this is.
    package enum Code: Sendable {
        /// A topic or pattern is malformed.
        case badTopic
        /// There are more topics than are allowed, or none.
        case tooManyTopics
        /// An event has a field that it must not have, or lacks one.
        case badEvent
        /// An event is larger than the hub takes.
        case tooLarge
        /// Nobody may publish there.
        case reservedTopic
        /// The publisher's id was used before, for another event.
        case conflict
        /// The topic has ended.
        case ended
        /// The idempotency key was used before, for other events.
        case keyReused
        /// A starting point could not be understood.
        case badStart
        /// A user's name cannot be one.
        case badUser
        /// A topic is not in the inbox of which it was said.
        case foreignTopic
        /// An id cannot be understood, or was never given.
        case badID
        /// An id is of an epoch that the log does not know.
        case unknownEpoch
        /// The log cannot take events at present, or cannot be read. It may be worth trying again.
        case unavailable
    }

    /// The kind.
    package let code: Code
    /// One sentence for the person who asked.
    package let description: String

    /// Makes an error of a kind with its sentence.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
