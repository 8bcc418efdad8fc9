// Owns the one error of this room. Must never carry what a client sent: its text goes into answers and logs.

/// Why a message, or a part of one, was refused.
package struct MessageError: Error, Sendable, Equatable {
    /// What a server answers to a request refused for this; 502 where a response was refused.
    package let status: Status
    /// What was wrong and what to do, in one English sentence, fit for the `detail` of RFC 9457.
    package let detail: String

    /// An error to answer with a status.
    package init(_ status: Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }
}
